// Requests by the names of their methods.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "message/request.hpp"

namespace cookbook::http_client {

/// get(), post() and the others for a Session whose request() takes a Request and returns a Result.
/// `more` is the rest of the request. All do and throw as request() does.
template <typename Session, typename Result>
class Verbs {
public:
    Result get(std::string url, Request more = {}) {
        return send("GET", std::move(url), std::move(more));
    }
    Result head(std::string url, Request more = {}) {
        return send("HEAD", std::move(url), std::move(more));
    }
    Result options(std::string url, Request more = {}) {
        return send("OPTIONS", std::move(url), std::move(more));
    }
    /// DELETE, whose name is a keyword.
    Result remove(std::string url, Request more = {}) {
        return send("DELETE", std::move(url), std::move(more));
    }
    Result post(std::string url, Body body, Request more = {}) {
        more.body = std::move(body);
        return send("POST", std::move(url), std::move(more));
    }
    Result put(std::string url, Body body, Request more = {}) {
        more.body = std::move(body);
        return send("PUT", std::move(url), std::move(more));
    }
    Result patch(std::string url, Body body, Request more = {}) {
        more.body = std::move(body);
        return send("PATCH", std::move(url), std::move(more));
    }

private:
    friend Session;  // nobody else may be one
    Verbs() = default;

    Result send(std::string_view method, std::string url, Request more) {
        more.method = method;
        more.url = std::move(url);
        return static_cast<Session&>(*this).request(std::move(more));
    }
};

}  // namespace cookbook::http_client
