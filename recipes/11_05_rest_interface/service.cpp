#include "service.hpp"

#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "application.hpp"
#include "middleware.hpp"

namespace cookbook::rest_interface {

asio::awaitable<void> serve(tcp::acceptor acceptor, Options options) {
    constexpr std::size_t threads = 4;  // for the handlers that block
    asio::thread_pool pool(threads);
    Application application = limited(make_dispatcher(pool), options.max_requests);
    if (!options.origin.empty()) {
        application = with_cors(std::move(application), options.origin);
    }
    co_await serve_http(std::move(acceptor), options.limits, logged(std::move(application)));
}

}  // namespace cookbook::rest_interface
