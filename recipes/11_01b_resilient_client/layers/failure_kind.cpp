#include "failure_kind.hpp"

#include <algorithm>
#include <initializer_list>

#include "11_01_http_client/message/error.hpp"
#include "11_10_tls/error.hpp"

namespace cookbook::resilient_client {
namespace {

using http_client::Error;

bool is_any_of(const std::error_code& code, std::initializer_list<Error> errors) {
    return std::ranges::any_of(errors, [&](Error error) {
        return code == static_cast<std::error_code>(make_error_code(error));
    });
}

}  // namespace

Failure::Kind kind_of(const std::error_code& code, bool was_sent) {
    if (code.category() == static_cast<const std::error_category&>(tls::verify_category())) {
        return Failure::Kind::untrusted;
    }
    if (is_any_of(code, {Error::body_too_large, Error::unknown_coding, Error::too_many_codings})) {
        return Failure::Kind::refused;
    }
    if (!code || is_any_of(code, {Error::cannot_repeat})) {
        return Failure::Kind::usage;  // a body, or a file of ours, that cannot be read
    }
    return was_sent ? Failure::Kind::lost : Failure::Kind::unreachable;
}

}  // namespace cookbook::resilient_client
