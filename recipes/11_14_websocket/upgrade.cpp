#include "upgrade.hpp"

#include <utility>

namespace cookbook::websocket {
namespace {

asio::awaitable<void> run_upgraded(Stream& stream, const Options& options, Accepted accepted,
                                   WhenFull when_full, Talk talk) {
    Connection peer(stream, options,
                    {.compression = accepted.compression, .unsent = std::move(accepted.response)},
                    when_full);
    co_await converse(peer, talk(peer));
}

}  // namespace

http::Response upgrade(const http::Request& request, const Options& options,
                       const OriginPolicy& origins, WhenFull when_full, Talk talk) {
    auto accepted = accept_handshake(request, origins, options.compression);
    if (!accepted) {
        return refusal(accepted.error());
    }
    http::Response response(http::status::switching_protocols);
    response.body = http::Upgrade([&options, when_full, accepted = *std::move(accepted),
                                   talk = std::move(talk)](Stream& stream) {
        return run_upgraded(stream, options, accepted, when_full, talk);
    });
    return response;
}

}  // namespace cookbook::websocket
