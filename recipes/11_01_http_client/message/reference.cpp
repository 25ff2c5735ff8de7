#include "reference.hpp"

#include <algorithm>
#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/alpha_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>

namespace cookbook::http_client {
namespace {

using boost::urls::grammar::lut_chars;

/// Cuts `text` off before `mark`, and returns what comes after it.
std::optional<std::string_view> cut_off(std::string_view& text, char mark) {
    const std::size_t end = text.find(mark);
    if (end == text.npos) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr(end + 1);
    text = text.substr(0, end);
    return rest;
}

bool is_scheme(std::string_view text) {
    static constexpr lut_chars characters = lut_chars(boost::urls::grammar::alnum_chars) + "+-.";
    return !text.empty() && boost::urls::grammar::alpha_chars(text[0]) &&
           std::ranges::all_of(text, [](unsigned char c) { return characters(c); });
}

/// `path` begins with a slash.
std::string remove_dot_segments(std::string_view path) {
    std::string result;
    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(0, end);  // with the slash before it
        path.remove_prefix(end);
        const bool is_dot = segment == "/." || segment == "/..";
        if (segment == "/..") {
            result.erase(std::min(result.rfind('/'), result.size()));
        }
        if (!is_dot) {
            result += segment;
        } else if (path.empty()) {
            result += '/';
        }
    }
    return result;
}

}  // namespace

Reference split_reference(std::string_view text) {
    Reference parts;
    parts.fragment = cut_off(text, '#');
    parts.query = cut_off(text, '?');
    const std::size_t colon = text.find(':');
    if (colon != text.npos && is_scheme(text.substr(0, colon))) {
        parts.scheme = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    if (text.starts_with("//")) {
        const std::size_t end = std::min(text.find('/', 2), text.size());
        parts.authority = text.substr(2, end - 2);
        text.remove_prefix(end);
    }
    parts.path = text;
    return parts;
}

std::string resolve_path(std::string_view base, std::string_view path) {
    if (path.starts_with('/')) {
        return remove_dot_segments(path);
    }
    const std::string_view folder = base.substr(0, base.rfind('/') + 1);
    return remove_dot_segments(std::string(folder).append(path));
}

}  // namespace cookbook::http_client
