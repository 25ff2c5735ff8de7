#include "middleware.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <utility>

namespace cookbook::rest_interface {
namespace {

void log(const http::Request& request, http::status status,
         std::chrono::steady_clock::time_point began) {
    if (!spdlog::should_log(spdlog::level::info)) {
        return;  // to write an address out costs a sixth of a small response
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    spdlog::info("{} {} {} {} {:.1f} ms", request.peer.address().to_string(), request.method_name,
                 request.path, static_cast<unsigned>(status), took.count());
}

/// Counts one request for as long as it lives.
class Permit {
public:
    explicit Permit(std::shared_ptr<std::size_t> taken) : taken_(std::move(taken)) { ++*taken_; }
    Permit(Permit&&) = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
        if (taken_) {
            --*taken_;
        }
    }

private:
    std::shared_ptr<std::size_t> taken_;
};

}  // namespace

http::Application logged(http::Application next) {
    return [next = std::move(next)](http::Request& request) -> http::ResponseFuture {
        const auto began = std::chrono::steady_clock::now();
        return http::respond(next, request).then([&request, began](http::Response response) {
            log(request, response.status, began);
            return response;
        });
    };
}

http::Application with_cors(http::Application next, std::string origin) {
    return [next = std::move(next),
            origin = std::move(origin)](http::Request& request) -> http::ResponseFuture {
        // [step 4] Call the next application, then add to its response what lets the page read it.
        const std::string_view method = request[http::field::access_control_request_method];
        const std::string_view fields = request[http::field::access_control_request_headers];
        return http::respond(next, request)
            .then([&origin, method, fields](http::Response response) {
                response.add(http::field::access_control_allow_origin, origin);
                if (!method.empty()) {
                    response.add(http::field::access_control_allow_methods, method);
                    response.add(http::field::access_control_allow_headers, fields);
                }
                return response;
            });
        // [end]
    };
}

http::Application limited(http::Application next, std::size_t max_requests) {
    return [next = std::move(next), max_requests, taken = std::make_shared<std::size_t>(0)](
               http::Request& request) -> http::ResponseFuture {
        if (*taken == max_requests) {
            http::Response response(http::status::service_unavailable);
            response.add(http::field::retry_after, "1");
            return response;
        }
        Permit permit(taken);
        return next(request).then(
            [permit = std::move(permit)](http::Response response) { return response; });
    };
}

}  // namespace cookbook::rest_interface
