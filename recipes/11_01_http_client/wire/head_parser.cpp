#include "head_parser.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "common/http/grammar.hpp"
#include "framing.hpp"

namespace cookbook::http_client {
namespace {

using boost::system::result;

constexpr std::string_view version_begin = "HTTP/1.";

bool is_space(char c) {
    return c == ' ' || c == '\t';
}

bool is_digit(char c) {
    return '0' <= c && c <= '9';
}

}  // namespace

result<bool> HeadParser::take(std::string_view& bytes) {
    if (expected_ == Expected::status_line && !bytes.empty()) {
        constexpr std::size_t usual_size = 2048;
        response_.fields.reserve(std::min(bytes.size(), usual_size));
    }
    while (!bytes.empty()) {
        const std::size_t before = bytes.size();
        const auto [line, is_whole] = lines_.take(bytes);
        size_ += before - bytes.size();
        if (const Error error = find_excess(line); error != Error{}) {
            return error;
        }
        const result<bool> is_end = is_whole ? on_line(without_cr(line)) : false;
        if (!is_end || *is_end) {
            return is_end;
        }
    }
    return false;
}

/// What is wrong with a line already, whole or not: it would grow for ever, or hide for long that
/// the peer speaks another protocol.
Error HeadParser::find_excess(std::string_view line) const {
    const bool may_be_expected =
        expected_ != Expected::status_line ||
        line.substr(0, version_begin.size()) == version_begin.substr(0, line.size());
    if (!may_be_expected) {
        return Error::no_status_line;
    }
    return size_ > max_size ? Error::head_too_large : Error{};
}

result<bool> HeadParser::on_line(std::string_view line) {
    if (expected_ == Expected::status_line) {
        return on_status_line(line);
    }
    return line.empty() ? on_empty_line() : on_field_line(line);
}

result<bool> HeadParser::on_status_line(std::string_view line) {
    constexpr std::size_t version_size = version_begin.size() + 1;
    constexpr std::size_t status_size = 3;
    if (line.size() < version_size || !is_digit(line[version_size - 1]) ||
        line.find('\0') != line.npos) {
        return Error::no_status_line;
    }
    const std::string_view rest = line.substr(version_size);
    const std::string_view status =
        rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string_view after = status;
    const std::optional<std::uint64_t> number = take_size(after, 10);
    const bool separated = status.size() < rest.size() && (after.empty() || is_space(after[0]));
    if (!separated || status.size() - after.size() != status_size || number < 100) {
        return Error::bad_status;
    }
    response_.status = static_cast<unsigned>(*number);
    response_.status_line = line;
    std::ranges::replace(response_.status_line, '\r', ' ');
    response_.fields.clear();
    expected_ = Expected::field;
    return false;
}

result<bool> HeadParser::on_field_line(std::string_view line) {
    const bool is_folded = is_space(line[0]);
    const std::size_t colon = line.find(':');
    fields_ += is_folded ? 0 : 1;
    const bool is_field =
        is_folded ? fields_ > 0
                  : colon != line.npos && http::grammar::is_token(line.substr(0, colon));
    if (!is_field || line.find('\0') != line.npos) {
        return Error::bad_field;
    }
    if (fields_ > max_fields) {
        return Error::head_too_large;
    }
    if (expected_ == Expected::field) {
        is_folded ? response_.fields.append_folded(line)
                  : response_.fields.append_line(line, colon);
    }
    return false;
}

result<bool> HeadParser::on_empty_line() {
    size_ = 0;
    fields_ = 0;
    if (expected_ == Expected::trailer || response_.status >= 200) {
        return true;
    }
    // An interim response: another one follows (RFC 9110, 15.2).
    if (response_.status == 101) {
        return Error::unasked_upgrade;
    }
    if (++interim_ > max_interim) {
        return Error::too_many_interim;
    }
    expected_ = Expected::status_line;
    return false;
}

}  // namespace cookbook::http_client
