#include "call.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/async/within.hpp"

namespace cookbook::udp_server {
namespace {

constexpr std::size_t max_datagram = 65'535;

asio::awaitable<udp::resolver::results_type> look_up(HostPort server) {
    udp::resolver resolver(co_await this_coro::executor);
    co_return co_await resolver.async_resolve(server.host, std::to_string(server.port),
                                              use_awaitable);
}

asio::awaitable<udp::resolver::results_type> resolve(HostPort server) {
    try {
        co_return co_await within(10s, look_up(server));
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), "call " + to_string(server));
    }
}

/// Sends it although the kernel may first have to tell what has become of an earlier datagram: a
/// send that reports such an error has sent nothing (udp(7)).
error_code send(udp::socket& socket, const std::string& request) {
    error_code error;
    socket.send(asio::buffer(request), 0, error);
    if (error == asio::error::connection_refused) {
        socket.send(asio::buffer(request), 0, error);
    }
    return error;
}

/// Waits for the reply. Returns timed_out if it has not come within `limit`, and what the kernel
/// reports, such as connection_refused.
asio::awaitable<error_code> receive_reply(udp::socket& socket, const Caller::IsReply& is_reply,
                                          asio::steady_timer::duration limit, std::string& reply) {
    Deadline deadline(socket, Deadline::Effect::cancel);
    deadline.expires_after(limit);  // once: what others send must not prolong it
    for (;;) {
        reply.resize(max_datagram);
        const auto [receive_error, n] =
            co_await socket.async_receive(asio::buffer(reply), use_nothrow);
        if (receive_error) {
            co_return deadline.reason(receive_error);
        }
        reply.resize(n);
        // [step 4] Go on receiving until it is the reply. (stub: co_return error_code();)
        if (is_reply(reply)) {
            co_return error_code();
        }
        // [end]
    }
}

asio::awaitable<void> pause(asio::steady_timer::duration time) {
    asio::steady_timer timer(co_await this_coro::executor, time);
    co_await timer.async_wait(use_awaitable);
}

}  // namespace

Caller::Caller(HostPort server, Retries retries) : server_(std::move(server)), retries_(retries) {}

asio::awaitable<void> Caller::open() {
    const auto addresses = co_await resolve(server_);
    error_code error;
    sockets_.clear();
    for (const auto& address : addresses) {
        udp::socket socket(co_await this_coro::executor);
        socket.open(address.endpoint().protocol(), error);
        if (!error) {
            socket.connect(address.endpoint(), error);  // sends nothing
        }
        if (!error) {
            sockets_.push_back(std::move(socket));
        }
    }
    if (sockets_.empty()) {
        fail(error);
    }
}

/// Returns what became of it: success, timed_out, or the reason why it failed at once.
asio::awaitable<error_code> Caller::attempt(const std::string& request, const IsReply& is_reply,
                                            asio::steady_timer::duration wait, std::string& reply) {
    error_code result;
    for (udp::socket& socket : sockets_) {
        result = send(socket, request);
        if (!result) {
            result = co_await receive_reply(socket, is_reply, wait, reply);
        }
        if (!result || result == asio::error::timed_out) {
            break;
        }
    }
    co_return result;
}

asio::awaitable<std::string> Caller::call(std::string request, IsReply is_reply) {
    std::string reply;
    asio::steady_timer::duration wait = retries_.timeout;
    for (std::size_t attempts = 1;; ++attempts) {
        if (sockets_.empty() || retries_.new_port) {
            co_await open();
        }
        const error_code error = co_await attempt(request, is_reply, wait, reply);
        if (!error) {
            co_return reply;
        }
        // [step 3] Give up after the last attempt; otherwise ask again, and wait twice as long.
        if (attempts == retries_.attempts) {
            fail(error);
        }
        if (error != asio::error::timed_out) {
            co_await pause(wait);  // refused at once: the next attempt comes no earlier for it
        }
        wait *= 2;
        // [end]
    }
}

void Caller::fail(error_code last) const {
    const std::string call = "call " + to_string(server_);
    if (last == asio::error::timed_out) {
        throw std::runtime_error(fmt::format("{}: no reply after {} attempt{}", call,
                                             retries_.attempts, retries_.attempts == 1 ? "" : "s"));
    }
    throw std::system_error(last, call);
}

}  // namespace cookbook::udp_server
