#include "parameters.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/url/pct_string_view.hpp>

#include "multipart.hpp"

namespace cookbook::rest_interface {
namespace {

constexpr std::size_t most_parameters = 1000;

/// Text without its percent-encoding. Boost.URL's parse_query() would do more, but that of 1.81
/// reads past the end of a view, up to the next NUL.
std::string decode(std::string_view text, bool plus_is_space) {
    const auto encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
    boost::urls::encoding_opts options;
    options.space_as_plus = plus_is_space;
    if (!encoded) {
        refuse("malformed percent-encoding");
    }
    std::string decoded = encoded->decode(options);
    if (decoded.find('\0') != decoded.npos) {
        refuse("a NUL in the request");
    }
    return decoded;
}

/// Takes what comes before the next `separator`, and the separator.
std::string_view take_until(char separator, std::string_view& text) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

/// "multipart/form-data" of "multipart/form-data; boundary=x".
bool has_media_type(std::string_view content_type, std::string_view media_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    const std::size_t end = type.find_last_not_of(" \t") + 1;  // 0 where there is none
    return beast::iequals(type.substr(0, end), media_type);
}

}  // namespace

void Parameters::add(std::string name, std::string value) {
    if (values_.size() == most_parameters) {
        refuse("too many parameters");
    }
    values_.emplace_back(std::move(name), std::move(value));
}

const std::string* Parameters::find(std::string_view name) const {
    const auto found = std::ranges::find(values_, name, [](const auto& one) { return one.first; });
    return found == values_.end() ? nullptr : &found->second;
}

std::string_view Parameters::get(std::string_view name, std::string_view otherwise) const {
    const std::string* value = find(name);
    return value ? std::string_view(*value) : otherwise;
}

bool Parameters::contains(std::string_view name) const {
    return find(name) != nullptr;
}

void add_urlencoded(Parameters& parameters, std::string_view text) {
    // [step 3] Split the text at & and =, and decode names and values, where + is a space.
    while (!text.empty()) {
        std::string_view value = take_until('&', text);
        const std::string_view name = take_until('=', value);
        if (!name.empty() || !value.empty()) {
            parameters.add(decode(name, true), decode(value, true));
        }
    }
    // [end]
}

bool is_form(std::string_view content_type) {
    return has_media_type(content_type, "application/x-www-form-urlencoded") ||
           has_media_type(content_type, "multipart/form-data");
}

void add_form(Parameters& parameters, std::string_view content_type, std::string_view body) {
    if (!has_media_type(content_type, "multipart/form-data")) {
        add_urlencoded(parameters, body);
        return;
    }
    for (const Part& part : parse_multipart(body, boundary_of(content_type))) {
        parameters.add(part.name, std::string(part.content));
    }
}

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    for (std::size_t begin = 1, end = 0; end != path.npos; begin = end + 1) {
        end = path.find('/', begin);
        std::string segment = decode(path.substr(begin, end - begin), false);
        if (segment == "." || segment == ".." || segment.find('/') != segment.npos) {
            refuse("a path that leads elsewhere");
        }
        segments.push_back(std::move(segment));
    }
    return segments;
}

}  // namespace cookbook::rest_interface
