// A small httpbin: a server that tells a client what it has sent, and responds in every way that a
// client must cope with. Its resources are those of python3-httpbin 0.7, its JSON is the same,
// member for member:
//
//     GET POST PUT PATCH DELETE   /get /post /put /patch /delete, each by its own method
//     any of them, and TRACE      /anything[/…] /status/N /redirect-to?url=&status_code=
//     GET                         /headers /ip /user-agent
//                                 /cookies /cookies/set?k=v /cookies/delete?k
//                                 /basic-auth/USER/PASSWORD
//                                 /redirect/N /relative-redirect/N /absolute-redirect/N
//                                 /delay/S (at most 10) /bytes/N (102,400) /stream/N (100)
//                                 /drip?numbytes=&duration=&delay=&code=
//                                 /gzip /deflate /etag/T /cache/N
//     GET POST                    /response-headers?N=V
//
// Bad values get 400, also where httpbin responds 500.
#pragma once

#include <cstdint>
#include <string>

#include "common/http/server.hpp"

namespace cookbook::http_client {

/// The resources as an application. `authority`, "127.0.0.1:8080", is the server's name for clients
/// that give none (HTTP/1.0). A request's body may have `max_body` bytes.
[[nodiscard]] http::Application make_httpbin(std::string authority,
                                             std::uint64_t max_body = std::uint64_t{1} << 20U);

/// Serves them as http::serve() does: logged, and open to pages of any origin (CORS). The order to
/// stop lets what is delayed or dripping go on until the end of limits.drain_timeout.
asio::awaitable<void> serve_httpbin(tcp::acceptor acceptor, http::Limits limits);

}  // namespace cookbook::http_client
