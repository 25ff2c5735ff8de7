#include "common/http/request_parser.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <functional>
#include <limits>

#include "common/http/character_set.hpp"

namespace cookbook {
namespace {

using beast::iequals;

constexpr std::string_view line_end = "\r\n";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\t';
}

bool is_number(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c); });
}

/// uri-host [ ":" port ] (RFC 9110, 7.2; RFC 3986, 3.2.2).
bool is_host(std::string_view text) {
    static constexpr CharacterSet name("-._~%!$&'()*+,;=");
    static constexpr CharacterSet literal("[]:.");
    const bool is_literal = text.starts_with('[');
    const std::size_t end = std::min(text.find(is_literal ? ']' : ':'), text.size());
    const std::size_t port = end + (is_literal ? 1 : 0);
    if (port > text.size() || !(is_literal ? literal : name).contains_all_of(text.substr(0, end))) {
        return false;
    }
    const std::string_view rest = text.substr(port);
    return rest.size() <= 1 ? rest.empty() || rest == ":"
                            : rest[0] == ':' && is_number(rest.substr(1));
}

bool ends_in_chunked(std::string_view codings) {
    const std::size_t last = codings.find_last_of(" \t,");
    return iequals(codings.substr(last == codings.npos ? 0 : last + 1), "chunked");
}

/// The version that the request line ends in, "HTTP/1.2"; empty where it is not complete or ends in
/// no version.
std::string_view version_of(std::string_view bytes) {
    const std::size_t end = bytes.find(line_end);
    if (end == bytes.npos) {
        return {};
    }
    const std::string_view line = bytes.substr(0, end);
    const std::string_view version = line.substr(line.rfind(' ') + 1);
    const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                            std::isdigit(version[5]) && version[6] == '.' &&
                            std::isdigit(version[7]);
    return is_version ? version : std::string_view();
}

}  // namespace

RequestParser::RequestParser(Request& request, std::vector<HttpField>& fields, Limits limits)
    : request_(request), fields_(fields), limits_(limits) {
    fields_.clear();
    request_.target = {};
    request_.host = {};
    header_limit(std::numeric_limits<std::uint32_t>::max());  // limits_ are kept here
    body_limit(boost::none);
}

bool RequestParser::parse(std::string_view bytes) {
    end_ = bytes.data() + bytes.size();
    error_code error;
    used_ = put(asio::buffer(bytes), error);
    if (!error) {
        return true;
    }
    if (error == http::error::bad_version && version_of(bytes).starts_with("HTTP/1.")) {
        used_ = put_as_http_1_1(bytes, error);
    }
    const bool in_mid_line = error == http::error::bad_version && bytes.find('\n') == bytes.npos;
    if (error && error != http::error::need_more && !in_mid_line) {
        fail(error, bytes);
    }
    return !error;
}

/// HTTP/1.2 and what may follow are read as HTTP/1.1 (RFC 9110, 2.5), which Beast would refuse; so
/// it gets a request line that says so.
std::size_t RequestParser::put_as_http_1_1(std::string_view bytes, error_code& error) {
    const std::size_t size = bytes.find(line_end) + line_end.size();
    request_line_ = bytes.substr(0, size);
    request_line_[size - line_end.size() - 1] = '1';
    put(asio::buffer(request_line_), error);
    if (error != http::error::need_more) {
        return 0;
    }
    // Not asio::buffer(bytes.substr(size)): where nothing follows yet, that is null, and Beast
    // counts on from there.
    const asio::const_buffer fields(bytes.data() + size, bytes.size() - size);
    return size + put(fields, error);
}

bool RequestParser::parse_head(std::string_view bytes) {
    const bool complete = parse(bytes);
    const std::size_t size = complete ? used_ : bytes.size();
    constexpr std::size_t rest_of_line = 64;  // method and version, as long as they are unknown
    if (request_.target.size() > limits_.max_target ||
        (request_.target.empty() && size > limits_.max_target + rest_of_line)) {
        throw HttpError(http::status::uri_too_long, "the request target is too long");
    }
    if (size > limits_.max_head) {
        throw HttpError(http::status::request_header_fields_too_large, "the head is too large");
    }
    if (complete) {
        request_.fields = fields_;
        check_head();
    }
    return complete;
}

bool RequestParser::parse_body(std::string_view bytes) {
    // Beast 1.81 asserts that no less than this has come when it looks for the end a second time.
    constexpr std::string_view last_chunk = "0\r\n\r\n";
    std::size_t used = 0;
    bool hungry = bytes.empty() || (in_chunk_header_ && bytes.size() < last_chunk.size());
    part_ = {};
    while (!hungry && part_.empty() && !is_done()) {
        in_chunk_header_ = !parse(bytes.substr(used));
        used += used_;
        hungry = in_chunk_header_ || (part_.empty() && used == bytes.size());
    }
    used_ = used;
    return hungry && !is_done();
}

void RequestParser::on_request_impl(http::verb method, beast::string_view name,
                                    beast::string_view target, int version, error_code&) {
    request_.method = method;
    request_.method_name = name;
    request_.target = target;
    request_.version = static_cast<unsigned>(version);
}

void RequestParser::on_field_impl(http::field id, beast::string_view name, beast::string_view value,
                                  error_code& error) {
    if (is_header_done()) {
        return;  // a trailer: may be dropped (RFC 9112, 7.1.2), and no application asks for it
    }
    if (fields_.size() == limits_.max_fields) {
        error = http::error::header_limit;
        return;
    }
    // Beast joins folded lines, in memory of its own; a server refuses them (RFC 9112, 5.2).
    const std::less<> before;
    const char* after_colon = name.data() + name.size() + 1;
    const bool joined = before(value.data(), after_colon) || before(end_, value.data());
    if (joined || std::find(after_colon, value.data(), '\r') != value.data()) {
        error = http::error::bad_value;
        return;
    }
    fields_.push_back({id, name, value});
}

void RequestParser::on_chunk_header_impl(std::uint64_t, beast::string_view extensions,
                                         error_code& error) {
    // Beast takes any byte within quotes, where others may see the end of the line. Extensions mean
    // nothing here, so many of them are no good sign either (RFC 9112, 7.1.1).
    extensions_size_ += extensions.size();
    if (std::ranges::any_of(extensions, is_control) || extensions_size_ > limits_.max_head) {
        error = http::error::bad_chunk_extension;
    }
}

std::size_t RequestParser::on_body_impl(beast::string_view bytes, error_code&) {
    part_ = bytes;
    return bytes.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                              error_code&) {
    part_ = bytes;
    return bytes.size();
}

void RequestParser::fail(error_code error, std::string_view unparsed) {
    if (error == http::error::header_limit) {
        throw HttpError(http::status::request_header_fields_too_large, "too many fields");
    }
    if (error == http::error::bad_version) {
        const std::string_view version = version_of(unparsed);
        if (!version.empty() && !version.starts_with("HTTP/1.")) {
            throw HttpError(http::status::http_version_not_supported, "HTTP/1.1 is spoken here");
        }
    }
    throw HttpError(http::status::bad_request, error.message());
}

void RequestParser::check_head() {
    for (const HttpField& field : fields_) {
        check_field(field);
    }
    if (hosts_ > 1 || (hosts_ == 0 && request_.version > 10)) {
        throw HttpError(http::status::bad_request, "one Host field is needed");
    }
    check_target(request_.target);
}

void RequestParser::check_field(const HttpField& field) {
    const auto refuse_if = [](bool bad, const char* why) {
        if (bad) {
            throw HttpError(http::status::bad_request, why);
        }
    };
    switch (field.id) {
        case http::field::host:
            ++hosts_;
            refuse_if(!is_host(field.value), "bad Host");
            request_.host = field.value;
            break;
        case http::field::content_length:
            refuse_if(++lengths_ > 1 || !is_number(field.value), "bad Content-Length");
            break;
        case http::field::transfer_encoding:
            // RFC 9112, 6.1 and 6.3: a coding unknown here is 501, one without an end 400, and any
            // at all in HTTP/1.0 a sign of trouble.
            refuse_if(++codings_ > 1 || request_.version < 11 || !ends_in_chunked(field.value),
                      "bad Transfer-Encoding");
            if (!iequals(field.value, "chunked")) {
                throw HttpError(http::status::not_implemented, "unknown transfer coding");
            }
            break;
        case http::field::expect:
            if (!iequals(field.value, "100-continue")) {
                throw HttpError(http::status::expectation_failed, "unknown expectation");
            }
            expects_continue_ = request_.version > 10;
            break;
        default:
            break;
    }
}

/// The four forms of a target (RFC 9112, 3.2). What an absolute one names, an origin server is
/// asked for in the others by Host and path.
void RequestParser::check_target(std::string_view target) {
    bool good = std::ranges::none_of(target, [](unsigned char c) { return c > '~' || c == '#'; });
    if (request_.method == http::verb::connect) {
        throw good && is_host(target) ? HttpError(http::status::not_implemented, "no tunnel here")
                                      : HttpError(http::status::bad_request, "bad target");
    }
    if (target == "*") {
        good = request_.method == http::verb::options;
    } else if (!target.starts_with('/')) {
        const std::size_t scheme = std::min(target.find("://"), target.size());
        good = good && (iequals(target.substr(0, scheme), "http") ||
                        iequals(target.substr(0, scheme), "https"));
        target.remove_prefix(std::min(scheme + 3, target.size()));
        request_.host = target.substr(0, target.find_first_of("/?"));
        good = good && !request_.host.empty() && is_host(request_.host);
        target.remove_prefix(request_.host.size());
    }
    if (!good) {
        throw HttpError(http::status::bad_request, "bad target");
    }
    const std::size_t mark = std::min(target.find('?'), target.size());
    const bool of_server = target.empty() && request_.method == http::verb::options;
    request_.path = mark > 0 ? target.substr(0, mark) : of_server ? "*" : "/";
    request_.query = target.substr(std::min(mark + 1, target.size()));
}

}  // namespace cookbook
