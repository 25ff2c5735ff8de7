// What is wrong with a request, for programs and people (RFC 9457).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/application.hpp"

namespace cookbook::rest_api {

/// One mistake: in the body, `where` a JSON pointer as a fragment ("#/price", "#/a%20b", RFC 6901,
/// 6), or in a parameter, `where` its name, printable() if that is not UTF-8.
struct Mistake {
    enum class In { body, parameter };
    In in;
    std::string where;
    std::string detail;
};
using Mistakes = std::vector<Mistake>;

/// A mistake in a member of the body; in the body itself if `member` is empty.
[[nodiscard]] Mistake in_body(std::string_view member, std::string detail);
[[nodiscard]] Mistake in_parameter(std::string_view name, std::string detail);

/// A response of type application/problem+json that has every mistake.
[[nodiscard]] http::Response problem(http::status status, std::string_view detail,
                                     const Mistakes& mistakes = {});

/// How a service says what is wrong.
using MakeProblem = std::function<http::Response(http::status, std::string_view detail)>;

/// A problem without mistakes.
[[nodiscard]] http::Response plain_problem(http::status status, std::string_view detail);

/// `response` as a problem, if it is an error in plain text, as those of the dispatcher and the
/// server's core are. It keeps its other fields.
[[nodiscard]] http::Response as_problem(http::Response response,
                                        const MakeProblem& make = plain_problem);

/// A middleware that passes each response through as_problem(), what the application throws too.
[[nodiscard]] http::Application with_problems(http::Application next,
                                              MakeProblem make = plain_problem);

}  // namespace cookbook::rest_api
