// One request and its response on a connection.
#pragma once

#include "11_01_http_client/message/response.hpp"
#include "connection.hpp"
#include "request_writer.hpp"

namespace cookbook::http_client {

/// Sends a request and receives its response, at once: a server may respond before it has the
/// whole body, and may read nothing more then. A final response that refuses (300 and above) ends
/// the sending where it is; so does any that is whole. An error of sending is none as long as a
/// response comes.
///
/// `response` gets the head, `sink` the body as it came. Returns whether the connection can carry
/// another exchange. Throws system_error: timed_out if the server neither takes nor sends anything
/// for `max_silence`; an Error if the response is malformed or cut. `answered` says then whether
/// something of the response had come.
asio::awaitable<bool> exchange(Connection& connection, const OutgoingRequest& request,
                               Response& response, BodySink& sink,
                               asio::steady_timer::duration max_silence, bool& answered);

/// Whether such an error of exchange() means that the connection has ended so that the server may
/// not have seen the request.
[[nodiscard]] bool is_lost(const error_code& error);

}  // namespace cookbook::http_client
