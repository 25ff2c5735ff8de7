// Threads that all wait in a receive on the one socket; the kernel wakes one for each datagram.
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include "answerer.hpp"
#include "drop_log.hpp"
#include "udp_server.hpp"

namespace cookbook::udp_server {
namespace {

/// What the workers share.
struct Pool {
    udp::socket socket;
    Options options;
    DropLog drops = {};
    std::stop_source stopping = {};  // receive no more
    std::stop_source cut_off = {};   // the drain is over
};

/// Blocks until `limit` has passed or `stop` is requested; returns whether it was the limit.
bool block(std::stop_token stop, std::chrono::steady_clock::duration limit) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, limit, [] { return false; });
    return !stop.stop_requested();
}

void answer_until_stopped(Pool& pool, Answerer& answerer) {
    ReceiveBatch requests(1, max_reply);
    while (!pool.stopping.stop_requested()) {
        for (const Datagram& request : requests.receive(pool.socket)) {
            if (answerer.accepts(request) &&
                (pool.options.work == 0s || block(pool.cut_off.get_token(), pool.options.work))) {
                answerer.add(request.route, request.data);
                answerer.send();
            }
        }
        pool.drops.update(requests.dropped());
    }
}

Counts work(Pool& pool) try {
    Answerer answerer(pool.socket, 1);
    answer_until_stopped(pool, answerer);
    return answerer.counts();
} catch (...) {
    pool.stopping.request_stop();
    throw;
}

void add(Counts& sum, const Counts& counts) {
    sum.answered += counts.answered;
    sum.ignored += counts.ignored;
    sum.cut += counts.cut;
    sum.unsent += counts.unsent;
}

}  // namespace

Counts serve_threads(udp::socket socket, Options options, std::stop_token stop) {
    Pool pool{.socket = std::move(socket), .options = options};
    const std::stop_callback forward(stop, [&] { pool.stopping.request_stop(); });
    // Wakes all who wait in a receive, now and later. It says ENOTCONN, and does it all the same.
    const std::stop_callback wake(pool.stopping.get_token(),
                                  [&] { ::shutdown(pool.socket.native_handle(), SHUT_RD); });
    std::vector<std::future<Counts>> workers;  // whose destructors join
    try {
        while (workers.size() < options.workers) {
            workers.push_back(std::async(std::launch::async, work, std::ref(pool)));
        }
    } catch (...) {  // there may be no more threads
        pool.stopping.request_stop();
        throw;
    }

    while (block(pool.stopping.get_token(), 24h)) {
    }
    const auto end = std::chrono::steady_clock::now() + options.drain_timeout;
    for (const std::future<Counts>& worker : workers) {
        if (worker.wait_until(end) != std::future_status::ready) {
            pool.cut_off.request_stop();
        }
    }
    Counts counts;
    for (std::future<Counts>& worker : workers) {
        add(counts, worker.get());
    }
    counts.dropped = pool.drops.dropped();
    return counts;
}

}  // namespace cookbook::udp_server
