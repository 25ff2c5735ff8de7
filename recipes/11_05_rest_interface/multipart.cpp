#include "multipart.hpp"

#include <algorithm>
#include <boost/beast/http/rfc7230.hpp>
#include <optional>
#include <utility>

#include "common/http/grammar.hpp"

namespace cookbook::rest_interface {
namespace {

using http::grammar::same_name;

constexpr std::string_view line_end = "\r\n";

/// The value of a parameter in a field's value: `name` in "form-data; name=\"x\"".
std::optional<std::string> parameter_of(std::string_view value, std::string_view name) {
    value.remove_prefix(std::min(value.find(';'), value.size()));
    for (const auto& [key, text] : boost::beast::http::param_list({value.data(), value.size()})) {
        if (same_name(key, name)) {
            return std::string(text);
        }
    }
    return std::nullopt;
}

std::string_view trim(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// Takes from `text` all that is before `mark`, and the mark; nothing if there is no mark.
std::optional<std::string_view> take_through(std::string_view& text, std::string_view mark) {
    const std::size_t end = text.find(mark);
    if (end == text.npos) {
        return std::nullopt;
    }
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end + mark.size());
    return taken;
}

/// The fields of a part, of which two matter here.
http::Result<Part> parse_part_head(std::string_view head) {
    Part part;
    while (!head.empty()) {
        const auto line = take_through(head, line_end);
        const std::size_t colon = line ? line->find(':') : std::string_view::npos;
        if (colon == std::string_view::npos) {
            return http::bad_request("a part's field without a colon");
        }
        const std::string_view name = line->substr(0, colon);
        const std::string_view value = trim(line->substr(colon + 1));
        if (same_name(name, "Content-Disposition")) {
            auto filename = parameter_of(value, "filename");
            part.is_file = filename.has_value();
            part.filename = std::move(filename).value_or("");
            part.name = parameter_of(value, "name").value_or("");
        } else if (same_name(name, "Content-Type")) {
            part.content_type = value;
        }
    }
    if (part.name.empty()) {
        return http::bad_request("a part without a name");
    }
    return part;
}

/// One part: its head, an empty line, its content.
http::Result<Part> parse_part(std::string_view text) {
    // A head ends in an empty line; it may be nothing but that line.
    const bool no_head = text.starts_with(line_end);
    const std::size_t head = no_head ? 0 : text.find("\r\n\r\n");
    if (head == text.npos) {
        return http::bad_request("a part without a head");
    }
    auto part = parse_part_head(text.substr(0, no_head ? 0 : head + line_end.size()));
    if (part) {
        part->content = text.substr(no_head ? line_end.size() : head + 2 * line_end.size());
    }
    return part;
}

}  // namespace

http::Result<std::string> boundary_of(std::string_view content_type) {
    constexpr std::size_t max_boundary = 70;
    std::string boundary = parameter_of(content_type, "boundary").value_or("");
    if (boundary.empty() || boundary.size() > max_boundary) {
        return http::bad_request("a multipart body without a boundary");
    }
    return boundary;
}

http::Result<std::vector<Part>> parse_multipart(std::string_view body, std::string_view boundary) {
    constexpr std::size_t max_parts = 1000;
    const std::string delimiter = "\r\n--" + std::string(boundary);
    std::vector<Part> parts;
    // The first delimiter needs no line end before it; what is before it is a preamble.
    if (body.starts_with(std::string_view(delimiter).substr(line_end.size()))) {
        body.remove_prefix(delimiter.size() - line_end.size());
    } else if (!take_through(body, delimiter)) {
        return http::bad_request("a multipart body without its boundary");
    }
    while (!body.starts_with("--")) {
        const auto padding = take_through(body, line_end);
        const auto text = take_through(body, delimiter);
        if (!padding || !trim(*padding).empty() || !text || parts.size() == max_parts) {
            return http::bad_request("a malformed multipart body");
        }
        auto part = parse_part(*text);
        if (!part) {
            return part.error();
        }
        parts.push_back(*std::move(part));
    }
    return parts;
}

}  // namespace cookbook::rest_interface
