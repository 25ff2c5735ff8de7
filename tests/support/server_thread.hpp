// A server that blocks its thread, as a test starts and stops it.
#pragma once

#include <chrono>
#include <future>
#include <stop_token>
#include <utility>

#include "common/async/asio.hpp"

namespace cookbook::testing {

/// The base of a server on a thread of its own, which ends with this object.
template <typename Result = void>
class ServerThread {
public:
    ServerThread(const ServerThread&) = delete;
    ServerThread& operator=(const ServerThread&) = delete;

    void stop() { stop_.request_stop(); }
    /// Waits until it has ended. Rethrows what it threw, or returns its result; once.
    Result join() { return running_.valid() ? running_.get() : Result(); }
    /// Waits for the end, but no longer than `limit`; returns whether it has come.
    [[nodiscard]] bool ends_within(std::chrono::milliseconds limit) const {
        return !running_.valid() || running_.wait_for(limit) == std::future_status::ready;
    }

protected:
    ServerThread() = default;
    ~ServerThread() { stop(); }  // and the future's destructor waits

    /// For the server's sockets. Nobody runs it.
    [[nodiscard]] asio::any_io_executor executor() { return context_.get_executor(); }

    /// Calls `serve(arguments…, stop_token)` on the thread.
    template <typename Serve, typename... Arguments>
    void start(Serve serve, Arguments&&... arguments) {
        running_ = std::async(std::launch::async, std::move(serve),
                              std::forward<Arguments>(arguments)..., stop_.get_token());
    }

private:
    asio::io_context context_;
    std::stop_source stop_;
    std::future<Result> running_;
};

}  // namespace cookbook::testing
