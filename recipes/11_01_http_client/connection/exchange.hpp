// One request and its response on a connection.
#pragma once

#include <string>

#include "11_01_http_client/message/body.hpp"
#include "11_01_http_client/message/response.hpp"
#include "11_01_http_client/wire/response_parser.hpp"
#include "connection.hpp"

namespace cookbook::http_client {

/// A request as it goes out.
struct OutgoingRequest {
    std::string head;  // whole, with the empty line at its end
    Body body;         // in chunks if its size is not known: the head says so
    InResponseTo kind = InResponseTo::any;
};

/// Sends a request and receives its response, at once: a server may respond before it has the
/// whole body, and may read nothing more then. A final response that refuses (300 and above) ends
/// the sending where it is; so does any that is whole. An error of sending is none as long as a
/// response comes.
///
/// `response` gets the head, `sink` the body as it came. Returns whether the connection can carry
/// another exchange. Throws system_error: timed_out if the server neither takes nor sends anything
/// for `silence`; an Error if the response is malformed or cut. `answered` is set once something of
/// the response has come.
asio::awaitable<bool> exchange(Connection& connection, const OutgoingRequest& request,
                               Response& response, BodySink& sink,
                               asio::steady_timer::duration silence, bool& answered);

}  // namespace cookbook::http_client
