// The syntax that all URLs share, and how one is reached from another (RFC 3986). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cookbook::http_client {

/// The five parts of a URL or of a relative reference, as they came, without the delimiters between
/// them: absent and empty are two things. They point into the text.
struct Reference {
    std::optional<std::string_view> scheme;
    std::optional<std::string_view> authority;
    std::string_view path;
    std::optional<std::string_view> query;
    std::optional<std::string_view> fragment;
};

/// Splits any text (RFC 3986, appendix B); checks nothing.
[[nodiscard]] Reference split_reference(std::string_view text);

/// A path from the root on: `path`, if it is relative, beside the last segment of `base` (RFC 3986,
/// 5.2.3), and without the segments . and .. (5.2.4). `base` begins with a slash; so does the
/// result.
[[nodiscard]] std::string resolve_path(std::string_view base, std::string_view path);

}  // namespace cookbook::http_client
