// A resource behind a password: Basic (RFC 7617).
#include <openssl/crypto.h>

#include <string>
#include <string_view>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "common/http/grammar.hpp"
#include "json_text.hpp"
#include "resources.hpp"
#include "status.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using http::grammar::same_name;

/// Whether the texts are equal, in a time that does not tell where they differ.
bool are_equal(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

bool is_authorized(const http::Request& request, const std::string& user,
                   const std::string& password) {
    const std::string_view scheme = "Basic ";
    const std::string_view given = request[http::field::authorization];
    const std::string right = basic_credentials({.user = user, .password = password});
    return same_name(given.substr(0, scheme.size()), scheme) &&
           are_equal(given.substr(scheme.size()), right.substr(scheme.size()));
}

http::Response send_to_user(http::Request& request, const Parameters& parameters) {
    const std::string user(parameters.get("user"));
    if (!is_authorized(request, user, std::string(parameters.get("password")))) {
        return status_response(401);
    }
    return json_response({{"authenticated", "true"}, {"user", to_json(user)}});
}

}  // namespace

void add_auth(const Register& add) {
    add(http::verb::get, "/basic-auth/{user}/{password}", send_to_user);
}

}  // namespace cookbook::http_client::httpbin
