#include "multipart.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace cookbook::rest_interface {
namespace {

constexpr std::size_t most_parts = 1000;
constexpr std::string_view line_end = "\r\n";

/// The value of a parameter in a field's value: `name` in "form-data; name=\"x\"".
std::string parameter_of(std::string_view value, std::string_view name) {
    value.remove_prefix(std::min(value.find(';'), value.size()));
    for (const auto& [key, text] : http::param_list({value.data(), value.size()})) {
        if (beast::iequals(key, name)) {
            return std::string(text);
        }
    }
    return {};
}

/// Takes from `text` all that lies before `mark`, and the mark.
std::string_view take_until(std::string_view& text, std::string_view mark, const char* otherwise) {
    const std::size_t end = text.find(mark);
    if (end == text.npos) {
        refuse(otherwise);
    }
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end + mark.size());
    return taken;
}

/// The fields of a part, of which one matters here.
Part parse_head(std::string_view head) {
    Part part;
    while (!head.empty()) {
        const std::string_view line = take_until(head, line_end, "a part's field without an end");
        const std::size_t colon = line.find(':');
        if (colon == line.npos) {
            refuse("a part's field without a colon");
        }
        if (beast::iequals(line.substr(0, colon), "Content-Disposition")) {
            part.name = parameter_of(line.substr(colon + 1), "name");
            part.filename = parameter_of(line.substr(colon + 1), "filename");
        }
    }
    if (part.name.empty()) {
        refuse("a part without a name");
    }
    return part;
}

}  // namespace

std::string boundary_of(std::string_view content_type) {
    constexpr std::size_t longest = 70;
    std::string boundary = parameter_of(content_type, "boundary");
    if (boundary.empty() || boundary.size() > longest) {
        refuse("a multipart body without a boundary");
    }
    return boundary;
}

std::vector<Part> parse_multipart(std::string_view body, std::string_view boundary) {
    const std::string delimiter = "\r\n--" + std::string(boundary);
    std::vector<Part> parts;
    // The first delimiter needs no line end before it; what lies before it is a preamble.
    if (body.starts_with(std::string_view(delimiter).substr(line_end.size()))) {
        body.remove_prefix(delimiter.size() - line_end.size());
    } else {
        take_until(body, delimiter, "a multipart body without its boundary");
    }
    while (!body.starts_with("--")) {
        const std::string_view padding = take_until(body, line_end, "a multipart body without end");
        if (padding.find_first_not_of(" \t") != padding.npos || parts.size() == most_parts) {
            refuse("a malformed multipart body");
        }
        std::string_view part = take_until(body, delimiter, "a multipart body without end");
        // A head ends in an empty line; it may be nothing but that line.
        const bool no_head = part.starts_with(line_end);
        const std::size_t head = no_head ? 0 : part.find("\r\n\r\n");
        if (head == part.npos) {
            refuse("a part without a head");
        }
        parts.push_back(parse_head(part.substr(0, no_head ? 0 : head + line_end.size())));
        parts.back().content = part.substr(no_head ? line_end.size() : head + 4);
    }
    return parts;
}

}  // namespace cookbook::rest_interface
