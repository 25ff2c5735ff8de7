// The service without a network, over a database of its own.
#pragma once

#include <any>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_05b_rest_api/database.hpp"
#include "11_05b_rest_api/keys.hpp"
#include "11_05b_rest_api/rest_api.hpp"
#include "11_05b_rest_api_both_databases.hpp"

namespace cookbook::rest_api {

/// A body that is there at once.
class TextSource final : public http::BodySource {
public:
    explicit TextSource(std::string_view text) : text_(text) {}
    asio::awaitable<std::string_view> read_some(std::uint64_t) override {
        co_return std::exchange(text_, {});
    }
    std::optional<std::string_view> read_whole(std::uint64_t) override {
        return std::exchange(text_, {});
    }

private:
    std::string_view text_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Response {
    unsigned status;
    std::string fields;
    std::string body;

    /// The value of a field; empty if it is not there.
    [[nodiscard]] std::string field(const std::string& name) const {
        const std::string lines = "\r\n" + fields;
        const std::size_t at = lines.find("\r\n" + name + ": ");
        if (at == lines.npos) {
            return {};
        }
        const std::size_t begin = at + name.size() + 4;
        return lines.substr(begin, lines.find("\r\n", begin) - begin);
    }
    [[nodiscard]] boost::json::object json() const { return boost::json::parse(body).as_object(); }
    /// The pointers or parameters of a problem's mistakes: "#/name #/price".
    [[nodiscard]] std::string mistakes() const {
        std::string all;
        const boost::json::object problem = json();
        if (const auto* errors = problem.if_contains("errors")) {
            for (const auto& one : errors->as_array()) {
                const auto* where = one.as_object().if_contains("pointer");
                where = where ? where : &one.as_object().at("parameter");
                all += (all.empty() ? "" : " ") + std::string(where->as_string().c_str());
            }
        }
        return all;
    }
};

inline asio::awaitable<Response> ask(const http::Application& application, http::verb method,
                                     std::string target, Headers headers = {},
                                     std::string body = {}) {
    std::vector<http::Field> fields;
    for (const auto& [name, value] : headers) {
        fields.push_back({boost::beast::http::string_to_field(name), name, value});
    }
    TextSource source(body);
    std::any session;
    http::Request request;
    request.method = method;
    request.target = target;
    request.path = request.target.substr(0, request.target.find('?'));
    request.query = request.target.substr(std::min(request.path.size() + 1, target.size()));
    request.fields = fields;
    request.session = &session;
    request.source = &source;
    request.content_length = body.size();
    const http::Response response = co_await http::respond(application, request).wait();
    co_return Response{static_cast<unsigned>(response.status), response.fields(), response.data()};
}

/// A service with two keys.
class Service {
public:
    explicit Service(const std::string& url, Options options = {})
        : options_(with_url(std::move(options), url)),
          editor(add_key(*open_database(url), {"ed", Role::editor})),
          admin(add_key(*open_database(url), {"ann", Role::admin})),
          database(options_.database),
          application(make_application(database, options_)) {}

    asio::awaitable<Response> get(std::string target, Headers headers = {}) const {
        return ask(application, http::verb::get, std::move(target), std::move(headers));
    }
    /// With a key and the type of JSON.
    asio::awaitable<Response> send(http::verb method, std::string target, std::string body = {},
                                   Headers headers = {}) const {
        headers.emplace_back("X-API-Key", admin);
        headers.emplace_back("Content-Type", "application/json");
        return ask(application, method, std::move(target), std::move(headers), std::move(body));
    }
    asio::awaitable<Response> post(std::string target, std::string body,
                                   Headers headers = {}) const {
        return send(http::verb::post, std::move(target), std::move(body), std::move(headers));
    }

private:
    static Options with_url(Options options, const std::string& url) {
        constexpr std::chrono::seconds long_limit{20};  // for a machine that is busy
        options.database.url = url;
        options.database.limit = options.database.ready_limit = long_limit;
        return options;
    }
    Options options_;

public:
    std::string editor;
    std::string admin;
    Database database;
    http::Application application;
};

}  // namespace cookbook::rest_api
