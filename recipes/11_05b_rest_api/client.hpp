// A client of the service, over 11.1's session.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/session.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::rest_api {

struct Call {
    std::string method = "GET";
    std::string path;  // "/users/7"
    std::vector<std::pair<std::string, std::string>> parameters = {};
    std::string body = {};
    std::string key = {};  // the API key
    std::optional<std::string> if_match = {};
};

/// Sends the request and returns its response; sends it again, once, if the connection breaks and
/// it has an Idempotency-Key. Throws as session.request() does. The session must outlive it.
asio::awaitable<http_client::Response> request_twice(http_client::Session& session,
                                                     http_client::Request request);

/// Sends the call and returns the body of the response. A POST has an Idempotency-Key, and is sent
/// again, once, if the connection breaks. Throws std::runtime_error: without a response its reason,
/// otherwise "404 Not Found: …" with all mistakes that the service names.
asio::awaitable<std::string> send(HostPort server, Call call);

/// The objects of a list and of all pages after it, one a line. Throws as send() does, and
/// std::runtime_error for a page that is none, or if the pages have no end: one has nothing and a
/// next one, or a page that came before is next.
asio::awaitable<std::string> send_for_all(HostPort server, Call call, std::string kind);

/// "NAME=VALUE" texts as a JSON object: a member of the kind that is a number becomes one. Throws
/// std::invalid_argument for a text without "=".
[[nodiscard]] std::string object_of(std::string_view kind, const std::vector<std::string>& values);

/// Both parts of "NAME=VALUE". Throws std::invalid_argument.
[[nodiscard]] std::pair<std::string, std::string> name_and_value(const std::string& text);

/// The target of rel="next" in a Link field; nothing if there is none.
[[nodiscard]] std::optional<std::string> next_of(std::string_view links);

}  // namespace cookbook::rest_api
