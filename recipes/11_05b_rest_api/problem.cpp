#include "problem.hpp"

#include <fmt/format.h>

#include <boost/algorithm/string/replace.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <utility>

#include "common/net/utf8.hpp"
#include "model.hpp"

namespace cookbook::rest_api {
namespace {

constexpr std::string_view problem_type = "application/problem+json";
constexpr std::string_view line_end = "\r\n";

std::string to_json(const Mistake& mistake) {
    return fmt::format(R"({{"{}":{},"detail":{}}})",
                       mistake.in == Mistake::In::body ? "pointer" : "parameter",
                       json_string(mistake.where), json_string(mistake.detail));
}

/// Calls `use(name, value)` for each field.
template <typename Use>
void for_each_field(std::string_view fields, Use use) {
    while (!fields.empty()) {
        const std::string_view line = fields.substr(0, fields.find(line_end));
        fields.remove_prefix(line.size() + line_end.size());
        const std::size_t colon = line.find(": ");
        use(line.substr(0, colon), line.substr(colon + 2));
    }
}

}  // namespace

Mistake in_body(std::string_view member, std::string detail) {
    std::string escaped(member);
    boost::replace_all(escaped, "~", "~0");  // first, or the next line's would be escaped again
    boost::replace_all(escaped, "/", "~1");
    escaped = boost::urls::encode(escaped, boost::urls::pchars);
    return {Mistake::In::body, member.empty() ? "#" : "#/" + escaped, std::move(detail)};
}

Mistake in_parameter(std::string_view name, std::string detail) {
    return {Mistake::In::parameter, is_utf8(name) ? std::string(name) : printable(name),
            std::move(detail)};
}

http::Response problem(http::status status, std::string_view detail, const Mistakes& mistakes) {
    http::Response response(status, problem_type);
    response.data() = fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{})",
                                  json_string(boost::beast::http::obsolete_reason(status)),
                                  static_cast<unsigned>(status), json_string(detail));
    for (const Mistake& mistake : mistakes) {
        response.data() += &mistake == &mistakes.front() ? R"(,"errors":[)" : ",";
        response.data() += to_json(mistake);
    }
    response.data() += mistakes.empty() ? "}\n" : "]}\n";
    return response;
}

http::Response plain_problem(http::status status, std::string_view detail) {
    return problem(status, detail);
}

http::Response as_problem(http::Response response, const MakeProblem& make) {
    const bool is_error = response.status >= http::status::bad_request;
    const bool is_plain = response.fields().find("Content-Type: ") == std::string::npos ||
                          response.fields().find("Content-Type: text/plain") != std::string::npos;
    if (!is_error || !is_plain) {
        return response;
    }
    // A failure of ours is none of the client: it may try again.
    const bool is_failure = response.status == http::status::internal_server_error;
    std::string_view detail = response.data();
    detail = detail.substr(0, detail.find_last_not_of('\n') + 1);
    http::Response made =
        is_failure ? make(http::status::service_unavailable, "The service cannot respond now.")
                   : make(response.status, detail);
    for_each_field(response.fields(), [&](std::string_view name, std::string_view value) {
        if (name != "Content-Type") {
            made.add(name, value);
        }
    });
    made.close = response.close;
    return made;
}

http::Application with_problems(http::Application next, MakeProblem make) {
    return [next = std::move(next),
            make = std::move(make)](http::Request& request) -> http::ResponseFuture {
        return http::respond(next, request).then([&make](http::Response response) {
            return as_problem(std::move(response), make);
        });
    };
}

}  // namespace cookbook::rest_api
