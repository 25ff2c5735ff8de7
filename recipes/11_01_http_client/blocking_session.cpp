#include "blocking_session.hpp"

#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>

namespace cookbook::http_client {

Response BlockingSession::request(Request request) {
    Response result;
    std::exception_ptr failure;
    bool has_ended = false;
    asio::co_spawn(context_, session_.request(std::move(request)),
                   [&](std::exception_ptr thrown, Response response) {
                       failure = std::move(thrown);
                       result = std::move(response);
                       has_ended = true;
                   });
    context_.restart();
    while (!has_ended) {  // a timer may be pending then; nobody waits for it
        context_.run_one();
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    return result;
}

}  // namespace cookbook::http_client
