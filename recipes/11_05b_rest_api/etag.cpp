#include "etag.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace cookbook::rest_api {
namespace {

constexpr std::string_view blanks = " \t";

void skip(std::string_view& text, std::string_view characters) {
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
}

struct Tag {
    bool is_weak;
    std::string_view quoted;  // with its quotes
};

/// Takes the tag at the beginning of `text`; nothing if there is none. A comma within the quotes
/// belongs to the tag.
std::optional<Tag> take_tag(std::string_view& text) {
    const bool is_weak = text.starts_with("W/");
    text.remove_prefix(is_weak ? 2 : 0);
    const std::size_t end = text.starts_with('"') ? text.find('"', 1) : text.npos;
    if (end == text.npos) {
        return std::nullopt;
    }
    const Tag tag{is_weak, text.substr(0, end + 1)};
    text.remove_prefix(end + 1);
    skip(text, blanks);
    if (!text.empty() && !text.starts_with(',')) {
        return std::nullopt;
    }
    return tag;
}

/// All tags of a list; empty if it is malformed.
std::vector<Tag> tags_of(std::string_view text) {
    constexpr std::string_view separators = ", \t";  // a list may have empty members
    std::vector<Tag> tags;
    for (skip(text, separators); !text.empty(); skip(text, separators)) {
        const auto tag = take_tag(text);
        if (!tag) {
            return {};
        }
        tags.push_back(*tag);
    }
    return tags;
}

bool is_any(std::string_view condition) {
    skip(condition, blanks);
    return condition.starts_with('*') && condition.find_first_not_of(blanks, 1) == condition.npos;
}

}  // namespace

std::string etag_of(std::int64_t version) {
    return '"' + std::to_string(version) + '"';
}

bool if_match_holds(std::string_view condition, std::int64_t version) {
    const std::string current = etag_of(version);
    return is_any(condition) || std::ranges::any_of(tags_of(condition), [&](const Tag& tag) {
               return !tag.is_weak && tag.quoted == current;
           });
}

bool is_not_modified(std::string_view condition, std::int64_t version) {
    const std::string current = etag_of(version);
    return is_any(condition) || std::ranges::any_of(tags_of(condition), [&](const Tag& tag) {
               return tag.quoted == current;
           });
}

}  // namespace cookbook::rest_api
