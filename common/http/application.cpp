#include "common/http/application.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <exception>

namespace cookbook::http {
namespace {

/// The response to an application's exception; rethrows a cancellation.
Response response_for(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const Error& error) {
        return error_response(error);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        spdlog::error("application failed: {}", error.what());
    } catch (const std::exception& error) {
        spdlog::error("application failed: {}", error.what());
    }
    return error_response(status::internal_server_error, "Internal Server Error");
}

asio::awaitable<Response> wait_or_respond(asio::awaitable<Response> response) {
    try {
        co_return co_await std::move(response);
    } catch (...) {
        co_return response_for(std::current_exception());
    }
}

asio::awaitable<Response> run(std::function<Response()> work) {
    co_return work();
}

}  // namespace

ResponseFuture respond(const Application& application, Request& request) {
    try {
        ResponseFuture response = application(request);
        if (response.ready()) {
            return response;
        }
        return wait_or_respond(std::move(response).wait());
    } catch (...) {
        return response_for(std::current_exception());
    }
}

asio::awaitable<Response> on_thread(asio::thread_pool& pool, std::function<Response()> work) {
    // Nothing can cancel it: Asio would carry the cancellation to a thread of the pool, beside the
    // one that works, and the signal that it is for may be gone by then.
    co_return co_await asio::co_spawn(
        pool, run(std::move(work)),
        asio::bind_cancellation_slot(asio::cancellation_slot(), use_awaitable));
}

}  // namespace cookbook::http
