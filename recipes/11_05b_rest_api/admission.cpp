#include "admission.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/http/grammar.hpp"
#include "identified.hpp"
#include "paging.hpp"

namespace cookbook::rest_api {
namespace {

using http::grammar::same_name;

http::Response unauthorized(std::string_view detail) {
    http::Response response = problem(http::status::unauthorized, detail);
    response.add(http::field::www_authenticate, R"(Bearer realm="rest_api")");
    return response;
}

/// 415, unless the body is JSON; a merge patch if the method takes one.
std::optional<http::Response> refuse_type(const http::Request& request) {
    const std::string_view type = media_type_of(request[http::field::content_type]);
    const bool is_patch = request.method == http::verb::patch;
    if (same_name(type, "application/json") ||
        (is_patch && same_name(type, "application/merge-patch+json"))) {
        return std::nullopt;
    }
    http::Response response =
        problem(http::status::unsupported_media_type, "The body must be of type application/json.");
    if (is_patch) {
        response.add("Accept-Patch", "application/merge-patch+json, application/json");
    }
    return response;
}

std::string_view key_of(const http::Request& request) {
    const auto key = find_field(request, "X-API-Key");
    return key ? *key : bearer_of(request);
}

asio::awaitable<std::variant<KeyOwner, http::Response>> find_sender(Database& database,
                                                                    const http::Request& request) {
    const std::string key(key_of(request));
    if (key.empty()) {
        co_return unauthorized("A key is needed, in X-API-Key or Authorization: Bearer.");
    }
    const std::function<std::optional<KeyOwner>(Connection&)> find = [key](Connection& connection) {
        return find_owner(connection, key);
    };
    auto owner = co_await database.read(find);
    if (!owner) {
        co_return unauthorized("The key is not known.");
    }
    co_return *std::move(owner);
}

}  // namespace

std::string_view bearer_of(const http::Request& request) {
    constexpr std::string_view scheme = "Bearer ";
    std::string_view credentials = request[http::field::authorization];
    if (!same_name(credentials.substr(0, scheme.size()), scheme)) {
        return {};
    }
    credentials.remove_prefix(
        std::min(credentials.find_first_not_of(' ', scheme.size()), credentials.size()));
    return credentials;
}

std::string_view media_type_of(std::string_view content_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    return type.substr(0, type.find_last_not_of(" \t") + 1);
}

asio::awaitable<std::variant<KeyOwner, http::Response>> admit(Database& database,
                                                              const http::Request& request,
                                                              Role role, bool has_body) {
    auto sender = co_await find_sender(database, request);
    const auto* owner = std::get_if<KeyOwner>(&sender);
    if (!owner) {
        co_return sender;
    }
    set_key_name(request, owner->name);
    if (role == Role::admin && owner->role != Role::admin) {
        co_return problem(http::status::forbidden, "The key's role may not do this.");
    }
    if (auto refusal = refuse_query(request)) {
        co_return *std::move(refusal);
    }
    if (auto refusal = has_body ? refuse_type(request) : std::nullopt) {
        co_return *std::move(refusal);
    }
    co_return sender;
}

rest_interface::Parameters query_of(const http::Request& request) {
    rest_interface::Parameters parameters;
    rest_interface::add_urlencoded(parameters, request.query).value();
    return parameters;
}

std::optional<http::Response> refuse_query(const http::Request& request) {
    const Mistakes mistakes = unknown_parameters(query_of(request));
    if (mistakes.empty()) {
        return std::nullopt;
    }
    return problem(http::status::bad_request, "The query is not valid.", mistakes);
}

std::optional<std::int64_t> parse_id(std::string_view text) {
    std::int64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc() || end != text.data() + text.size() || id < 1 ||
        text.starts_with('0')) {
        return std::nullopt;
    }
    return id;
}

}  // namespace cookbook::rest_api
