#include "common/http/beast_parser.hpp"

#include <algorithm>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <functional>
#include <limits>

#include "common/http/grammar.hpp"

namespace cookbook::http {
namespace {

using ParseError = boost::beast::http::error;

constexpr std::string_view line_end = "\r\n";

}  // namespace

std::string_view version_of(std::string_view bytes) noexcept {
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

BeastParser::BeastParser(std::size_t max_extensions) : max_extensions_(max_extensions) {
    header_limit(std::numeric_limits<std::uint32_t>::max());  // whoever uses it keeps the limits
    body_limit(boost::none);
}

void BeastParser::parse(std::string_view bytes, error_code& error) {
    end_ = bytes.data() + bytes.size();
    data_ = {};
    used_ = put(asio::buffer(bytes), error);
    if (error == ParseError::bad_version && version_of(bytes).starts_with("HTTP/1.")) {
        used_ = parse_as_http_1_1(bytes, error);
    }
    // Beast refuses a version as soon as it has begun.
    if (error == ParseError::bad_version && bytes.find('\n') == bytes.npos) {
        error = ParseError::need_more;
    }
}

std::size_t BeastParser::parse_as_http_1_1(std::string_view bytes, error_code& error) {
    const std::size_t size = bytes.find(line_end) + line_end.size();
    request_line_ = bytes.substr(0, size);
    request_line_[size - line_end.size() - 1] = '1';
    put(asio::buffer(request_line_), error);
    if (error != ParseError::need_more) {
        return 0;
    }
    // Not asio::buffer(bytes.substr(size)): if nothing follows yet, that is null, and Beast counts
    // on from there.
    const asio::const_buffer fields(bytes.data() + size, bytes.size() - size);
    return size + put(fields, error);
}

void BeastParser::parse_body(std::string_view bytes, error_code& error) {
    // Beast 1.81 asserts that no less than this has come when it looks for the end a second time.
    constexpr std::string_view last_chunk = "0\r\n\r\n";
    std::size_t used = 0;
    error = {};
    data_ = {};
    if (in_chunk_header_ && bytes.size() < last_chunk.size()) {
        error = ParseError::need_more;
    }
    while (!error && data_.empty() && !is_done()) {
        if (used == bytes.size()) {
            error = ParseError::need_more;
        } else {
            parse(bytes.substr(used), error);
            in_chunk_header_ = error == ParseError::need_more;
            used += used_;
        }
    }
    used_ = used;
}

void BeastParser::on_field_impl(boost::beast::http::field id, boost::beast::string_view name,
                                boost::beast::string_view value, error_code& error) {
    if (is_header_done()) {
        return;  // a trailer: may be dropped (RFC 9112, 7.1.2), and no application asks for it
    }
    // Beast joins folded lines in memory of its own.
    const std::less<> before;
    const char* after_colon = name.data() + name.size() + 1;
    const bool joined = before(value.data(), after_colon) || before(end_, value.data());
    if (joined || std::find(after_colon, value.data(), '\r') != value.data()) {
        error = ParseError::bad_value;
        return;
    }
    on_field(id, name, value, error);
}

void BeastParser::on_chunk_header_impl(std::uint64_t, boost::beast::string_view extensions,
                                       error_code& error) {
    // Extensions mean nothing here, so many of them are no good sign either (RFC 9112, 7.1.1).
    extensions_size_ += extensions.size();
    if (!grammar::is_field_value(extensions) || extensions_size_ > max_extensions_) {
        error = ParseError::bad_chunk_extension;
    }
}

std::size_t BeastParser::on_body_impl(boost::beast::string_view bytes, error_code&) {
    data_ = bytes;
    return bytes.size();
}

std::size_t BeastParser::on_chunk_body_impl(std::uint64_t, boost::beast::string_view bytes,
                                            error_code&) {
    data_ = bytes;
    return bytes.size();
}

}  // namespace cookbook::http
