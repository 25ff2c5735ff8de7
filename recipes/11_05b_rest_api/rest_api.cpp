#include "rest_api.hpp"

#include <utility>

#include "11_05_rest_interface/middleware.hpp"
#include "identified.hpp"
#include "problem.hpp"
#include "service.hpp"

namespace cookbook::rest_api {

http::Application make_application(Database& database, const Options& options) {
    const bool has_origin = !options.origin.empty();
    http::Application application = rest_interface::limited(
        make_dispatcher(database, options.limits.max_body), options.max_requests);
    application = with_problems(std::move(application));
    if (has_origin) {
        application = rest_interface::with_cors(std::move(application), options.origin);
    }
    return identified(std::move(application),
                      has_origin ? "ETag, Link, Location, X-Request-Id" : "");
}

asio::awaitable<void> serve(tcp::acceptor acceptor, Database& database, Options options) {
    co_await http::serve(std::move(acceptor), options.limits, make_application(database, options));
}

}  // namespace cookbook::rest_api
