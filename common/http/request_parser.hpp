// Requests out of bytes: Beast's parser, and what RFC 9112 demands beyond it. No I/O.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"

namespace cookbook {

/// Parses one request. Fills in a Request whose views point into the bytes parsed, so that nothing
/// is copied and nothing allocated. (Those of a request line of HTTP/1.2 or later, which is read as
/// HTTP/1.1, point into the parser.)
///
/// Each violation is an HttpError with the status that RFC 9110 and 9112 name for it; the
/// connection is of no use after it, since nobody knows where the next request begins. What two
/// readers could read two ways is a violation: two lengths, a length beside a Transfer-Encoding,
/// any coding but "chunked" alone, folded lines, control bytes, two Hosts.
class RequestParser : private boost::beast::http::basic_parser<true> {
public:
    struct Limits {
        std::size_t max_target;
        std::size_t max_head;
        std::size_t max_fields;
    };

    /// Both are cleared; `fields` will hold what request.fields shows.
    RequestParser(Request& request, std::vector<HttpField>& fields, Limits limits);

    /// Parses the head, which begins with `bytes`; false when it is not complete yet: then begin
    /// anew, with a new parser, when more has come. So a request is read in the same way however
    /// the network has cut it.
    bool parse_head(std::string_view bytes);

    /// Parses more of the body, up to its end or the next part(); true when more bytes are needed.
    bool parse_body(std::string_view bytes);

    /// How many of its bytes the last call has used up.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    /// The part of the body that the last call has met, or nothing.
    [[nodiscard]] std::string_view part() const noexcept { return part_; }

    /// Whether the client waits for "100 Continue" before it sends the body.
    [[nodiscard]] bool expects_continue() const noexcept { return expects_continue_; }

    using basic_parser::content_length;
    using basic_parser::is_done;
    using basic_parser::keep_alive;

private:
    bool parse(std::string_view bytes);
    std::size_t put_as_http_1_1(std::string_view bytes, error_code& error);
    void check_head();
    void check_field(const HttpField& field);
    void check_target(std::string_view target);
    [[noreturn]] void fail(error_code error, std::string_view unparsed);

    void on_request_impl(http::verb, beast::string_view, beast::string_view, int,
                         error_code&) override;
    void on_field_impl(http::field, beast::string_view, beast::string_view, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, beast::string_view, error_code&) override;
    std::size_t on_body_impl(beast::string_view, error_code&) override;
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, error_code&) override;
    void on_response_impl(int, beast::string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    void on_finish_impl(error_code&) override {}

    Request& request_;
    std::vector<HttpField>& fields_;
    const Limits limits_;
    const char* end_ = nullptr;  // of the bytes at hand
    std::string request_line_;   // the one that stands in for that of an HTTP/1.2
    std::size_t extensions_size_ = 0;
    std::size_t used_ = 0;
    std::string_view part_;
    unsigned hosts_ = 0;
    unsigned lengths_ = 0;
    unsigned codings_ = 0;
    bool expects_continue_ = false;
    bool in_chunk_header_ = false;
};

}  // namespace cookbook
