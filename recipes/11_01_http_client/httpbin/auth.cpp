// A resource behind a password: Basic (RFC 7617).
#include <openssl/crypto.h>

#include <boost/beast/core/string.hpp>
#include <string>
#include <string_view>

#include "11_01_http_client/message/base64.hpp"
#include "json_text.hpp"
#include "resources.hpp"
#include "status.hpp"

namespace cookbook::http_client {
namespace {

/// Whether the texts are equal, in a time that does not tell where they differ.
bool are_equal(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

bool is_authorized(const http::Request& request, const std::string& user,
                   const std::string& password) {
    constexpr std::string_view scheme = "Basic ";
    const std::string_view credentials = request[http::field::authorization];
    return boost::beast::iequals(credentials.substr(0, scheme.size()), scheme) &&
           are_equal(credentials.substr(scheme.size()), to_base64(user + ":" + password));
}

http::Response basic_auth(http::Request& request, const Parameters& parameters) {
    const std::string user(parameters.get("user"));
    if (!is_authorized(request, user, std::string(parameters.get("password")))) {
        return status_response(401);
    }
    return json_response({{"authenticated", "true"}, {"user", to_json(user)}});
}

}  // namespace

void add_auth(Dispatcher& dispatcher) {
    dispatcher.add(http::verb::get, "/basic-auth/{user}/{password}", basic_auth);
}

}  // namespace cookbook::http_client
