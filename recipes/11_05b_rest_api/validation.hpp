// From the body of a request to the values of a row, or to every mistake in it. Pure.
#pragma once

#include <string_view>
#include <variant>

#include "model.hpp"
#include "problem.hpp"

namespace cookbook::rest_api {

/// Why a body is not taken: it is not JSON (400), or not valid (422).
struct BadBody {
    http::status status;
    std::string detail;
    Mistakes mistakes = {};
};

/// The values of a whole object, as POST and PUT have it: what is missing has its default.
[[nodiscard]] std::variant<Values, BadBody> parse_object(const Kind& kind, std::string_view body);

/// `current` with the changes of a merge patch (RFC 7396): null removes a member, which has its
/// default then.
[[nodiscard]] std::variant<Values, BadBody> apply_patch(const Kind& kind, const Values& current,
                                                        std::string_view body);

}  // namespace cookbook::rest_api
