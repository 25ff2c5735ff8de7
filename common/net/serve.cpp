#include "common/net/serve.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <exception>

#include "common/async/describe.hpp"

namespace cookbook {

namespace {

enum class AcceptError {
    transient,         // of one connection
    out_of_resources,  // of the machine
    fatal              // of the listening socket
};

AcceptError classify_accept_error(error_code error) {
    switch (error.value()) {
        case EINTR:
        case ECANCELED:  // the server is being stopped
        case ECONNABORTED:
        case EPROTO:
        case EPERM:
        case ENETDOWN:
        case ENETUNREACH:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENONET:
        case EOPNOTSUPP:
        case ETIMEDOUT:
            return AcceptError::transient;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return AcceptError::out_of_resources;
        default:
            return AcceptError::fatal;
    }
}

}  // namespace

asio::awaitable<void> log_failure(asio::awaitable<void> connection) {
    try {
        co_await std::move(connection);
    } catch (const std::exception& failure) {
        if (!is_cancellation(failure)) {  // otherwise it is cut off, by us
            spdlog::warn("connection failed: {}", describe(failure));
        }
    }
}

asio::steady_timer::duration pause_after_accept_error(error_code error) {
    switch (classify_accept_error(error)) {
        case AcceptError::transient:
            return 0ms;
        case AcceptError::out_of_resources:
            spdlog::error("accept: {}; accepting again in 100 ms", error.message());
            return 100ms;
        case AcceptError::fatal:
            break;
    }
    throw std::system_error(error, "accept");
}

asio::awaitable<void> recover_from_accept_error(error_code error) {
    asio::steady_timer pause(co_await this_coro::executor, pause_after_accept_error(error));
    co_await pause.async_wait(use_nothrow);
}

}  // namespace cookbook
