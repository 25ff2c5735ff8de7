#include "identified.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <any>
#include <chrono>
#include <utility>

#include "common/http/grammar.hpp"
#include "digest.hpp"
#include "model.hpp"

namespace cookbook::rest_api {
namespace {

constexpr std::string_view id_field = "X-Request-Id";

/// What a connection's session holds: of the one request that it has at a time.
struct Attributes {
    std::string id;
    std::string key_name = "-";
};

std::string id_for(const http::Request& request) {
    constexpr std::size_t random_bytes = 12;
    const std::string_view given = find_field(request, id_field).value_or("");
    return is_request_id(given) ? std::string(given) : random_text(random_bytes);
}

void log(const http::Request& request, const Attributes& attributes, http::status status,
         std::chrono::steady_clock::time_point began) {
    if (!spdlog::should_log(spdlog::level::info)) {
        return;
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    spdlog::info("{} {} {} {} {:.1f} ms id={} key={}", request.peer.address().to_string(),
                 request.method_name, request.path, static_cast<unsigned>(status), took.count(),
                 attributes.id, attributes.key_name);
}

}  // namespace

bool is_request_id(std::string_view text) {
    const Member& username = *users.find("username");  // the same rule
    return !text.empty() && text.size() <= static_cast<std::size_t>(username.max) &&
           username.matches(text);
}

std::optional<std::string_view> find_field(const http::Request& request, std::string_view name) {
    const auto found = std::ranges::find_if(request.fields, [&](const http::Field& field) {
        return http::grammar::same_name(field.name, name);
    });
    return found == request.fields.end() ? std::nullopt : std::optional(found->value);
}

std::optional<std::string> list_field_of(const http::Request& request, http::field name) {
    std::optional<std::string> values;
    for (const http::Field& field : request.fields) {
        if (field.id == name) {
            values = values ? *values + ", " : "";
            values->append(field.value);
        }
    }
    return values;
}

std::string_view id_of(const http::Request& request) {
    const auto* attributes = std::any_cast<Attributes>(request.session);
    return attributes ? std::string_view(attributes->id) : std::string_view();
}

void set_key_name(const http::Request& request, std::string name) {
    if (auto* attributes = std::any_cast<Attributes>(request.session)) {
        attributes->key_name = std::move(name);
    }
}

http::Application identified(http::Application next, std::string exposed) {
    return [next = std::move(next),
            exposed = std::move(exposed)](http::Request& request) -> http::ResponseFuture {
        const auto began = std::chrono::steady_clock::now();
        request.session->emplace<Attributes>(id_for(request));
        return http::respond(next, request)
            .then([&request, &exposed, began](http::Response response) {
                const auto& attributes = std::any_cast<const Attributes&>(*request.session);
                response.add(id_field, attributes.id);
                if (!exposed.empty()) {
                    response.add(http::field::access_control_expose_headers, exposed);
                }
                log(request, attributes, response.status, began);
                return response;
            });
    };
}

}  // namespace cookbook::rest_api
