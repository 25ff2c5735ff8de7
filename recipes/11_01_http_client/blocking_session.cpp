#include "blocking_session.hpp"

#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>

namespace cookbook::http_client {

Response BlockingSession::request(Request request) {
    Response result;
    std::exception_ptr failure;
    asio::co_spawn(context_, session_.request(std::move(request)),
                   [&](std::exception_ptr thrown, Response response) {
                       failure = std::move(thrown);
                       result = std::move(response);
                       context_.stop();  // a timer may be pending; nobody waits for it
                   });
    context_.restart();
    context_.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    return result;
}

}  // namespace cookbook::http_client
