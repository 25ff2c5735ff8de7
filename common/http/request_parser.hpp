// Requests out of bytes: what RFC 9112 demands of them. No I/O.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "common/http/beast_parser.hpp"
#include "common/http/limits.hpp"
#include "common/http/message.hpp"

namespace cookbook::http {

/// Parses one request. Fills in a Request whose views point into the bytes parsed, so that nothing
/// is copied and nothing allocated. (Those of a request line of HTTP/1.2 or later, which is read as
/// HTTP/1.1, point into the parser.)
///
/// Each violation has the status that RFC 9110 and 9112 name for it; the connection is of no use
/// after it, since nobody knows where the next request begins. What two readers could read two ways
/// is a violation: two lengths, a length beside a Transfer-Encoding, any coding but "chunked"
/// alone, folded lines, control bytes, two Hosts.
class RequestParser : private BeastParser {
public:
    enum class Progress { needs_more, done, failed };

    /// Both are cleared; `fields` will hold what request.fields shows. `limits` must outlive the
    /// parser.
    RequestParser(Request& request, std::vector<Field>& fields, const Limits& limits);

    /// Parses the head, which begins with `bytes`. If it needs more, begin anew, with a new parser,
    /// when more has come: so a request is read in the same way however the network has cut it.
    Progress parse_head(std::string_view bytes);

    /// Parses more of the body, up to its end or the next data(): done if it has ended or data()
    /// has something.
    Progress parse_body(std::string_view bytes);

    /// Why the last call has failed.
    [[nodiscard]] const Error& error() const { return *error_; }

    /// Whether the client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }

    using BeastParser::data;
    using BeastParser::is_done;
    using BeastParser::keep_alive;
    using BeastParser::used;

private:
    Progress fail(http::status status, const std::string& what);
    Progress fail(error_code error, std::string_view bytes);
    Progress check_head();
    bool check_field(const Field& field);
    bool check_target(std::string_view target);

    void on_request_impl(boost::beast::http::verb, boost::beast::string_view,
                         boost::beast::string_view, int, error_code&) override;
    void on_field(boost::beast::http::field, std::string_view, std::string_view,
                  error_code&) override;

    Request& request_;
    std::vector<Field>& fields_;
    const Limits& limits_;
    std::optional<Error> error_;
    unsigned hosts_ = 0;
    unsigned lengths_ = 0;
    unsigned codings_ = 0;
    bool expects_continue_ = false;
};

}  // namespace cookbook::http
