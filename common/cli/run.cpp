#include "common/cli/run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>

namespace cookbook {
namespace {

template <typename Stop>
void on_first_signal(asio::signal_set& signals, Stop stop) {
    signals.async_wait([&signals, stop](error_code cancelled, int) {
        if (!cancelled) {
            signals.clear();  // the next one has its default effect
            stop();
        }
    });
}

/// Starts `body` on the context, to be cancelled by `cancellation`; `done` is called at its end.
template <typename Done>
void start(asio::io_context& context, asio::awaitable<void> body,
           asio::cancellation_signal& cancellation, Done done) {
    asio::co_spawn(context, std::move(body),
                   asio::bind_cancellation_slot(cancellation.slot(), std::move(done)));
}

void run_to_end(asio::io_context& context, const std::exception_ptr& failure) {
    context.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace

void run(asio::awaitable<void> body) {
    asio::io_context context(1);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    asio::cancellation_signal cancellation;
    on_first_signal(signals, [&] { cancellation.emit(asio::cancellation_type::terminal); });

    // Not `body || signals.async_wait()`: a body that throws would hang until Ctrl-C.
    std::exception_ptr failure;
    start(context, std::move(body), cancellation, [&](const std::exception_ptr& thrown) {
        failure = thrown;
        signals.cancel();
    });
    run_to_end(context, failure);
}

void run(asio::awaitable<void> body, const std::stop_token& stop) {
    asio::io_context context(1);
    run(context, std::move(body), stop);
}

void run(asio::io_context& context, asio::awaitable<void> body, const std::stop_token& stop) {
    asio::cancellation_signal cancellation;
    std::exception_ptr failure;
    start(context, std::move(body), cancellation,
          [&](const std::exception_ptr& thrown) { failure = thrown; });
    // A stop may come from any thread, the signal belongs to the one that runs the context. Posted
    // after the body, even an early stop finds it started, at its first wait.
    const std::stop_callback on_stop(stop, [&] {
        asio::post(context, [&] { cancellation.emit(asio::cancellation_type::terminal); });
    });
    run_to_end(context, failure);
}

void run_blocking(const std::function<void(std::stop_token)>& body) {
    asio::io_context context(1);
    asio::signal_set signals(context, SIGINT, SIGTERM);
    std::stop_source stop;
    on_first_signal(signals, [&] { stop.request_stop(); });
    // A jthread joins in its destructor, once stop() has made run() return.
    const std::jthread watcher([&] { context.run(); });
    try {
        body(stop.get_token());
    } catch (...) {
        context.stop();
        throw;
    }
    context.stop();
}

}  // namespace cookbook
