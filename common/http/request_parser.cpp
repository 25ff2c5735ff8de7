#include "common/http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "common/http/grammar.hpp"

namespace cookbook::http {
namespace {

using grammar::same_name;
using ParseError = boost::beast::http::error;

bool ends_in_chunked(std::string_view codings) {
    const std::size_t last = codings.find_last_of(" \t,");
    return same_name(codings.substr(last == codings.npos ? 0 : last + 1), "chunked");
}

}  // namespace

RequestParser::RequestParser(Request& request, std::vector<Field>& fields, const Limits& limits)
    : BeastParser(limits.max_head), request_(request), fields_(fields), limits_(limits) {
    fields_.clear();
    request_.target = {};
    request_.host = {};
}

RequestParser::Progress RequestParser::fail(http::status status, const std::string& what) {
    error_.emplace(status, what);
    return Progress::failed;
}

RequestParser::Progress RequestParser::fail(error_code error, std::string_view bytes) {
    if (error == ParseError::header_limit) {
        return fail(status::request_header_fields_too_large, "too many fields");
    }
    const std::string_view version = version_of(bytes);
    if (error == ParseError::bad_version && !version.empty() && !version.starts_with("HTTP/1.")) {
        return fail(status::http_version_not_supported, "HTTP/1.1 is spoken here");
    }
    return fail(status::bad_request, error.message());
}

RequestParser::Progress RequestParser::parse_head(std::string_view bytes) {
    error_code error;
    parse(bytes, error);
    if (error && error != ParseError::need_more) {
        return fail(error, bytes);
    }
    const std::size_t size = error ? bytes.size() : used();
    constexpr std::size_t rest_of_line = 64;  // method and version, as long as they are unknown
    if (request_.target.size() > limits_.max_target ||
        (request_.target.empty() && size > limits_.max_target + rest_of_line)) {
        return fail(status::uri_too_long, "the request target is too long");
    }
    if (size > limits_.max_head) {
        return fail(status::request_header_fields_too_large, "the head is too large");
    }
    return error ? Progress::needs_more : check_head();
}

RequestParser::Progress RequestParser::parse_body(std::string_view bytes) {
    if (error_) {
        return Progress::failed;
    }
    error_code error;
    BeastParser::parse_body(bytes, error);
    if (error == ParseError::need_more) {
        return Progress::needs_more;
    }
    return error ? fail(status::bad_request, error.message()) : Progress::done;
}

void RequestParser::on_request_impl(boost::beast::http::verb method, boost::beast::string_view name,
                                    boost::beast::string_view target, int version, error_code&) {
    request_.method = method;
    request_.method_name = name;
    request_.target = target;
    request_.version = static_cast<unsigned>(version);
}

void RequestParser::on_field(boost::beast::http::field id, std::string_view name,
                             std::string_view value, error_code& error) {
    if (fields_.size() == limits_.max_fields) {
        error = ParseError::header_limit;
    } else {
        fields_.push_back({id, name, value});
    }
}

RequestParser::Progress RequestParser::check_head() {
    request_.fields = fields_;
    for (const Field& field : fields_) {
        if (!check_field(field)) {
            return Progress::failed;
        }
    }
    if (hosts_ > 1 || (hosts_ == 0 && request_.version > 10)) {
        return fail(status::bad_request, "one Host field is needed");
    }
    if (!check_target(request_.target)) {
        return error_ ? Progress::failed : fail(status::bad_request, "bad target");
    }
    if (const auto length = content_length()) {
        request_.content_length = *length;
    }
    return Progress::done;
}

/// Whether the field is as it must be; if not, error_ says why.
bool RequestParser::check_field(const Field& field) {
    const auto holds = [this](bool good, http::status status, const char* otherwise) {
        if (!good) {
            fail(status, otherwise);
        }
        return good;
    };
    switch (field.id) {
        case field::host:
            ++hosts_;
            request_.host = field.value;
            return holds(grammar::is_host(field.value), status::bad_request, "bad Host");
        case field::content_length:
            return holds(++lengths_ == 1 && grammar::is_number(field.value), status::bad_request,
                         "bad Content-Length");
        case field::transfer_encoding:
            // RFC 9112, 6.1 and 6.3: a coding unknown here is 501, one without an end 400, and any
            // at all in HTTP/1.0 a sign of trouble.
            return holds(++codings_ == 1 && request_.version > 10 && ends_in_chunked(field.value),
                         status::bad_request, "bad Transfer-Encoding") &&
                   holds(same_name(field.value, "chunked"), status::not_implemented,
                         "unknown transfer coding");
        case field::expect:
            expects_continue_ = request_.version > 10;
            return holds(same_name(field.value, "100-continue"), status::expectation_failed,
                         "unknown expectation");
        default:
            return true;
    }
}

/// Whether the target has one of its four forms (RFC 9112, 3.2). What an absolute one names, an
/// origin server is asked for in the others by Host and path.
bool RequestParser::check_target(std::string_view target) {
    if (!grammar::is_target(target)) {
        return false;
    }
    if (request_.method == verb::connect) {
        if (grammar::is_host(target)) {
            fail(status::not_implemented, "no tunnel here");
        }
        return false;
    }
    if (!target.starts_with('/') && target != "*") {
        const std::size_t scheme = std::min(target.find("://"), target.size());
        const std::string_view name = target.substr(0, scheme);
        target.remove_prefix(std::min(scheme + 3, target.size()));
        request_.host = target.substr(0, target.find_first_of("/?"));
        target.remove_prefix(request_.host.size());
        if ((!same_name(name, "http") && !same_name(name, "https")) || request_.host.empty() ||
            !grammar::is_host(request_.host)) {
            return false;
        }
    }
    const bool is_options = request_.method == verb::options;
    if (target == "*" || (target.empty() && is_options)) {
        request_.path = "*";
        return is_options;
    }
    const std::size_t mark = std::min(target.find('?'), target.size());
    request_.path = mark > 0 ? target.substr(0, mark) : "/";
    request_.query = target.substr(std::min(mark + 1, target.size()));
    return true;
}

}  // namespace cookbook::http
