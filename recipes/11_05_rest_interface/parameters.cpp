#include "parameters.hpp"

#include <algorithm>
#include <boost/url/pct_string_view.hpp>

#include "common/http/grammar.hpp"
#include "multipart.hpp"

namespace cookbook::rest_interface {
namespace {

using http::grammar::same_name;

/// Text without its percent-encoding. Boost.URL's parse_query() would do more, but that of 1.81
/// reads past the end of a view, up to the next NUL.
http::Result<std::string> decode(std::string_view text, bool plus_is_space) {
    const auto encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
    if (!encoded) {
        return http::bad_request("malformed percent-encoding");
    }
    boost::urls::encoding_opts options;
    options.space_as_plus = plus_is_space;
    std::string decoded = encoded->decode(options);
    if (decoded.find('\0') != decoded.npos) {
        return http::bad_request("a NUL in the request");
    }
    return decoded;
}

/// Takes from `text` what comes before the next `separator`, and the separator; all if there is
/// none.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return taken;
}

http::Result<void> add_within_limit(Parameters& parameters, std::string name, std::string value) {
    constexpr std::size_t max_parameters = 1000;
    if (parameters.size() == max_parameters) {
        return http::bad_request("too many parameters");
    }
    parameters.add(std::move(name), std::move(value));
    return {};
}

/// Adds a parameter of a query or form; both are decoded, + is a space.
http::Result<void> add_decoded(Parameters& parameters, std::string_view encoded_name,
                               std::string_view encoded_value) {
    auto name = decode(encoded_name, true);
    if (!name) {
        return name.error();
    }
    auto value = decode(encoded_value, true);
    if (!value) {
        return value.error();
    }
    return add_within_limit(parameters, *std::move(name), *std::move(value));
}

/// "multipart/form-data" of "multipart/form-data; boundary=x".
bool has_media_type(std::string_view content_type, std::string_view media_type) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    const std::size_t end = type.find_last_not_of(" \t") + 1;  // 0 if there is none
    return same_name(type.substr(0, end), media_type);
}

}  // namespace

void Parameters::add(std::string name, std::string value) {
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

http::Result<void> add_urlencoded(Parameters& parameters, std::string_view text) {
    // [step 3] Split the text at & and =, then decode names and values, where + is a space.
    while (!text.empty()) {
        std::string_view value = take_until(text, '&');
        const std::string_view name = take_until(value, '=');
        if (name.empty() && value.empty()) {
            continue;
        }
        const auto added = add_decoded(parameters, name, value);
        if (!added) {
            return added;
        }
    }
    return {};
    // [end]
}

bool is_form(std::string_view content_type) {
    return has_media_type(content_type, "application/x-www-form-urlencoded") ||
           has_media_type(content_type, "multipart/form-data");
}

http::Result<void> add_form(Parameters& parameters, std::string_view content_type,
                            std::string_view body) {
    if (!has_media_type(content_type, "multipart/form-data")) {
        return add_urlencoded(parameters, body);
    }
    const auto boundary = boundary_of(content_type);
    if (!boundary) {
        return boundary.error();
    }
    const auto parts = parse_multipart(body, *boundary);
    if (!parts) {
        return parts.error();
    }
    for (const Part& part : *parts) {
        const auto added = add_within_limit(parameters, part.name, std::string(part.content));
        if (!added) {
            return added;
        }
    }
    return {};
}

http::Result<std::vector<std::string>> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    if (path == "*") {
        return segments;
    }
    for (std::size_t begin = 1, end = 0; end != path.npos; begin = end + 1) {
        end = path.find('/', begin);
        auto segment = decode(path.substr(begin, end - begin), false);
        if (!segment) {
            return segment.error();
        }
        if (*segment == "." || *segment == ".." || segment->find('/') != segment->npos) {
            return http::bad_request("a path that leads elsewhere");
        }
        segments.push_back(*std::move(segment));
    }
    return segments;
}

}  // namespace cookbook::rest_interface
