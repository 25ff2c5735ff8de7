#include "common/serve.hpp"

#include <spdlog/spdlog.h>

#include <cerrno>
#include <exception>

#include "common/describe.hpp"

namespace cookbook {

asio::awaitable<void> contain(asio::awaitable<void> connection) {
    try {
        co_await std::move(connection);
    } catch (const boost::system::system_error& failure) {
        if (failure.code() != asio::error::operation_aborted) {  // cut off, by us
            spdlog::warn("connection failed: {}", describe(failure));
        }
    } catch (const std::exception& failure) {
        spdlog::warn("connection failed: {}", describe(failure));
    }
}

AcceptError judge_accept_error(error_code error) {
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
            return AcceptError::of_connection;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            return AcceptError::of_machine;
        default:
            return AcceptError::of_acceptor;
    }
}

asio::awaitable<void> survive_accept_error(error_code error) {
    switch (judge_accept_error(error)) {
        case AcceptError::of_connection:
            co_return;
        case AcceptError::of_machine: {
            spdlog::error("accept: {}; accepting again in 100 ms", error.message());
            asio::steady_timer pause(co_await this_coro::executor, 100ms);
            co_await pause.async_wait(use_nothrow);
            co_return;
        }
        case AcceptError::of_acceptor:
            throw std::system_error(error, "accept");
    }
}

}  // namespace cookbook
