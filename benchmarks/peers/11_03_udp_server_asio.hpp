// Asio's own way: one call receives a datagram, one sends the reply. No address asked, no cut, no
// end.
#pragma once

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "11_03_udp_server/time_protocol.hpp"
#include "common/async/asio.hpp"

namespace peers {

namespace asio = boost::asio;
using asio::ip::udp;
using namespace cookbook;

inline asio::awaitable<void> serve_one_by_one(udp::socket socket, std::string time) {
    std::array<char, 65536> request;
    udp::endpoint peer;
    for (;;) {
        const auto [receive_error, n] =
            co_await socket.async_receive_from(asio::buffer(request), peer, use_nothrow);
        if (receive_error) {
            continue;
        }
        const udp_server::Reply reply = udp_server::reply_to({request.data(), n}, time);
        co_await socket.async_send_to(asio::buffer(std::string_view(reply)), peer, use_nothrow);
    }
}

/// Answers on a bound socket until the process is killed.
inline void serve_asio(int descriptor) {
    asio::io_context context(1);
    asio::co_spawn(
        context,
        serve_one_by_one(udp::socket(context, udp::v4(), descriptor), "Wed Aug 15 20:35:08 2012"),
        [](const std::exception_ptr&) {});
    context.run();
}

}  // namespace peers
