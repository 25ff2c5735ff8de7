#include "server.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_03_udp_server/batch.hpp"
#include "11_03_udp_server/drop_log.hpp"
#include "answerer.hpp"
#include "common/async/task_group.hpp"
#include "common/net/address.hpp"
#include "groups.hpp"

namespace cookbook::udp_telemetry {
namespace {

constexpr std::size_t max_batch = 64;

TimePoint now() {
    return std::chrono::steady_clock::now();
}

struct Server {
    Server(udp::socket bound, const Options& with)
        : socket(std::move(bound)),
          options(with),
          requests(max_batch, with.max_datagram),
          answerer(with.clients, socket.local_endpoint().port(), now()) {
        socket.non_blocking(true);
    }

    udp::socket socket;
    Options options;
    udp_server::ReceiveBatch requests;
    Answerer answerer;
    std::vector<std::string> replies{max_batch};  // which keep their memory
    udp_server::SendBatch batch{max_batch};
    udp_server::DropLog drop_log;
};

/// Answers a batch of what has come. Returns how many datagrams that were.
std::size_t answer_batch(Server& server) {
    const std::span<const udp_server::Datagram> requests = server.requests.receive(server.socket);
    server.answerer.note_dropped(server.requests.dropped());
    server.drop_log.update(server.requests.dropped());
    const TimePoint time = now();  // once: all have come by now
    auto reply = server.replies.begin();
    for (const udp_server::Datagram& request : requests) {
        if (server.answerer.answer(request, time, *reply)) {
            server.batch.add(request.route, *reply);  // from where it was asked, but for groups
            ++reply;
        }
    }
    server.batch.send(server.socket);  // a reply that cannot be sent is lost, as it might be later
    return requests.size();
}

/// Receives and answers until it is cancelled.
asio::awaitable<void> answer_requests(Server& server) {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        const auto [error] = co_await server.socket.async_wait(udp::socket::wait_read, use_nothrow);
        if (error && error != asio::error::operation_aborted) {
            throw std::system_error(error, "wait for datagrams");
        }
        if (!error) {
            answer_batch(server);
        }
    }
}

void send_beacon(Server& server, const std::string& statistics) {
    const udp protocol = server.socket.local_endpoint().protocol();
    const udp::endpoint& beacon = *server.options.beacon;
    error_code error;
    server.socket.send_to(asio::buffer(statistics), to_protocol(beacon, protocol), 0, error);
    if (error) {  // the network may be back the next time
        spdlog::warn("beacon {}: {}", to_string(beacon), error.message());
    }
}

/// Logs and sends the statistics, again and again, until it is cancelled.
asio::awaitable<void> report(Server& server) {
    asio::steady_timer timer(server.socket.get_executor());
    for (;;) {
        timer.expires_after(server.options.every);
        const auto [cancelled] = co_await timer.async_wait(use_nothrow);
        if (cancelled) {
            co_return;
        }
        spdlog::info("statistics {}", server.answerer.report(now()));
        if (server.options.beacon) {
            send_beacon(server, to_json(server.answerer.statistics(now())));
        }
    }
}

/// Answers what had come before the order to stop. A batch that is not full was the last.
void drain(Server& server) {
    const TimePoint end = now() + server.options.drain_timeout;
    while (answer_batch(server) == max_batch && now() < end) {
    }
}

}  // namespace

asio::awaitable<Statistics> serve(udp::socket socket, Options options) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    Server server(std::move(socket), options);
    TaskGroup reports(server.socket.get_executor());
    reports.spawn(report(server));
    std::exception_ptr failure;
    try {
        co_await answer_requests(server);
        drain(server);
    } catch (...) {
        failure = std::current_exception();
    }
    reports.cancel();
    co_await reports.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
    co_return server.answerer.statistics(now());
}

}  // namespace cookbook::udp_telemetry
