#include "client.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <set>
#include <stdexcept>
#include <utility>

#include "11_01_http_client/message/error.hpp"
#include "digest.hpp"
#include "model.hpp"

namespace cookbook::rest_api {
namespace {

namespace json = boost::json;
using http_client::Request;
using http_client::RequestError;
using http_client::Response;

Request request_of(const HostPort& server, const Call& call) {
    constexpr std::size_t key_bytes = 16;
    Request request{.method = call.method,
                    .url = "http://" + to_string(server) + call.path,
                    .params = call.parameters};
    if (!call.key.empty()) {
        request.fields.add("X-API-Key", call.key);
    }
    if (call.if_match) {
        request.fields.add("If-Match", *call.if_match);
    }
    if (call.method == "POST") {
        request.fields.add("Idempotency-Key", random_text(key_bytes));
    }
    if (!call.body.empty()) {
        request.body = http_client::Body(call.body, "application/json");
    }
    return request;
}

/// The text of a member; empty if it is not there.
std::string text_in(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains({name.data(), name.size()});
    return value && value->is_string() ? std::string(value->get_string().c_str()) : "";
}

/// "404 Not Found: …; #/price: …"
std::string sentence_of(const Response& response) {
    std::string sentence = fmt::format("{} {}", response.status, response.reason());
    json::error_code error;
    const json::value problem = json::parse(response.content, error);
    if (error || !problem.is_object()) {
        return sentence;
    }
    sentence += ": " + text_in(problem.get_object(), "detail");
    const json::value* mistakes = problem.get_object().if_contains("errors");
    if (!mistakes || !mistakes->is_array()) {
        return sentence;
    }
    const char* separator = " ";
    for (const json::value& mistake : mistakes->get_array()) {
        if (const json::object* one = mistake.if_object()) {
            sentence +=
                fmt::format("{}{}{}: {}", std::exchange(separator, "; "), text_in(*one, "pointer"),
                            text_in(*one, "parameter"), text_in(*one, "detail"));
        }
    }
    return sentence;
}

asio::awaitable<Response> fetch(http_client::Session& session, Request request) {
    Response response = co_await request_twice(session, std::move(request));
    if (response.status >= 300) {
        throw std::runtime_error(sentence_of(response));
    }
    co_return response;
}

/// JSON as people write it: Boost.JSON writes 19.99 as 1.999E1.
std::string text_of(const json::value& value) {
    if (value.is_double()) {
        return fmt::format("{}", value.get_double());
    }
    if (!value.is_object()) {
        return json::serialize(value);
    }
    std::string text;
    for (const auto& [name, member] : value.get_object()) {
        text += fmt::format("{}{}:{}", text.empty() ? "{" : ",", json::serialize(name),
                            text_of(member));
    }
    return text.empty() ? "{}" : text + "}";
}

/// The objects of a page, one a line. Throws if it is none.
std::string lines_of(const Response& response, const std::string& kind) {
    std::string lines;
    try {
        const json::value page = response.json();
        for (const json::value& object : page.as_object().at(kind).as_array()) {
            lines += text_of(object) + "\n";
        }
    } catch (const std::exception&) {
        throw std::runtime_error(fmt::format("GET {}: not a page of {}", response.url, kind));
    }
    return lines;
}

}  // namespace

asio::awaitable<Response> request_twice(http_client::Session& session, Request request) {
    try {
        co_return co_await session.request(request);
    } catch (const RequestError&) {
        // The server may have done it, or not: its Idempotency-Key makes both the same.
        if (!request.fields.contains("Idempotency-Key")) {
            throw;
        }
    }
    co_return co_await session.request(std::move(request));
}

asio::awaitable<std::string> send(HostPort server, Call call) {
    http_client::Session session({.follow_redirects = false});  // the key is for this server only
    const Response response = co_await fetch(session, request_of(server, call));
    co_return response.content;
}

asio::awaitable<std::string> send_for_all(HostPort server, Call call, std::string kind) {
    http_client::Session session({.follow_redirects = false});
    std::string lines;
    std::set<std::string> known;
    for (Request request = request_of(server, call);;) {
        const Response response = co_await fetch(session, request);
        const std::string page = lines_of(response, kind);
        lines += page;
        const auto next = next_of(response.fields["Link"]);
        if (!next) {
            co_return lines;
        }
        if (!next->starts_with('/')) {  // what follows the server's name could change it: "@other"
            throw std::runtime_error(
                fmt::format("GET {}: the next page is on another server", response.url));
        }
        if (page.empty() || !known.insert(*next).second) {
            throw std::runtime_error(fmt::format("GET {}: the pages have no end", response.url));
        }
        request.url = "http://" + to_string(server) + *next;
        request.params.clear();
    }
}

std::pair<std::string, std::string> name_and_value(const std::string& text) {
    const std::size_t end = text.find('=');
    if (end == text.npos || end == 0) {
        throw std::invalid_argument("not NAME=VALUE: " + text);
    }
    return {text.substr(0, end), text.substr(end + 1)};
}

std::string object_of(std::string_view kind, const std::vector<std::string>& values) {
    const Kind* known = find_kind(kind);
    std::string object;
    for (const std::string& text : values) {
        const auto [name, value] = name_and_value(text);
        const Member* member = known ? known->find(name) : nullptr;
        json::error_code error;
        const json::value parsed = json::parse(value, error);
        const bool is_number = member && member->type != Type::text && !error && parsed.is_number();
        object += fmt::format("{}{}:{}", object.empty() ? "{" : ",", json_string(name),
                              is_number ? value : json_string(value));
    }
    return object.empty() ? "{}" : object + "}";
}

std::optional<std::string> next_of(std::string_view links) {
    const std::size_t relation = links.find(R"(>; rel="next")");
    const std::size_t begin = links.rfind('<', relation);
    if (relation == links.npos || begin == links.npos) {
        return std::nullopt;
    }
    return std::string(links.substr(begin + 1, relation - begin - 1));
}

}  // namespace cookbook::rest_api
