// What passes through the layers of the client: a request on its way down, a result on its way up.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "11_01_http_client/message/request.hpp"
#include "11_01_http_client/message/response.hpp"
#include "common/async/asio.hpp"

namespace cookbook::resilient_client {

class Place;

using http_client::Origin;
using http_client::Request;

/// How the cache took part in a response.
enum class CacheUse {
    miss,         // the server's own, or the cache was passed by
    hit,          // stored and fresh: nobody was asked
    revalidated,  // stored, and the server has said that it still holds (304)
    stale,        // stored and no longer fresh, because the server could not be asked
};

/// A response, and how it came about. A status of 400 or above is a response like any other.
struct Response : http_client::Response {
    CacheUse cache = CacheUse::miss;
    unsigned attempts = 0;  // 0 for a hit
};

/// Why there is no response.
struct Failure {
    enum class Kind {
        usage,         // the request is malformed
        unreachable,   // nothing of the request was sent: look-up, connecting, proxy, TLS
        untrusted,     // the server could not prove who it is
        lost,          // the request may have arrived: reset, cut, malformed, timed out
        refused,       // the response is larger, or coded otherwise, than we take
        circuit_open,  // the origin has failed too often: nothing was sent
        out_of_time,   // the limit for all attempts has passed
        cancelled,
    };
    Kind kind;
    std::string reason;
    unsigned attempts = 0;
};

using Result = boost::system::result<Response, Failure>;

/// How Result::value() throws: std::runtime_error, the reason.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location&);

/// One request on its way.
struct Call {
    Request request;
    http_client::Url url;                                           // of the request, parsed
    std::optional<std::chrono::steady_clock::time_point> end = {};  // of all attempts
    Place* place = nullptr;  // among the requests at once; given back while the call only waits
    unsigned attempts = 0;   // so far
};

/// A layer, and all that is below it. Throws only a cancellation of the caller.
using Layer = std::function<asio::awaitable<Result>(Call&)>;

}  // namespace cookbook::resilient_client
