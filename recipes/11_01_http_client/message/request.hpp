// What a client asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "body.hpp"
#include "fields.hpp"
#include "response.hpp"
#include "url.hpp"

namespace cookbook::http_client {

struct Request {
    std::string method = "GET";  // any token; its case matters (RFC 9110, 9.1)
    std::string url = {};
    std::vector<NameValue> params = {};  // appended to the URL's query
    /// Take the place of the defaults of the same name. Authorization, Cookie, Host and
    /// Proxy-Authorization go to the first origin only.
    Fields fields = {};
    /// Names of defaults that are not sent.
    std::vector<std::string> without = {};
    Body body = {};
    /// For Basic (RFC 7617), to the first origin only; those of the URL if there are none here.
    std::optional<Credentials> credentials = {};
    /// "a=1; b=2": besides those of the session's jar, to the first host only.
    std::string cookies = {};
    /// Takes the body instead of Response::content. Must outlive the request.
    BodySink* sink = nullptr;
};

/// Whether sending such a request twice comes to the same as sending it once (RFC 9110, 9.2.2).
[[nodiscard]] bool is_idempotent(std::string_view method) noexcept;

}  // namespace cookbook::http_client
