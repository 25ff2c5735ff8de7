#include "references.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <string>

#include "11_06_xml_rpc/fault.hpp"
#include "characters.hpp"

namespace cookbook::xml_rpc {
namespace {

/// The character of a reference, "&#x41;" without & and ;. 0 if there is none such.
char32_t character_of(std::string_view name) {
    struct Entity {
        std::string_view name;
        char32_t character;
    };
    constexpr Entity entities[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    const auto* const entity = std::ranges::find(entities, name, &Entity::name);
    if (entity != std::end(entities)) {
        return entity->character;
    }
    if (!name.starts_with('#')) {
        return 0;
    }
    const int base = name.starts_with("#x") ? 16 : 10;
    const std::string_view digits = name.substr(base == 16 ? 2 : 1);
    std::uint32_t number = 0;
    const auto [rest, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    const bool is_number = failure == std::errc() && rest == digits.data() + digits.size();
    return is_number && is_xml_character(number) ? char32_t{number} : 0;
}

}  // namespace

std::size_t resolve_references(std::span<char> text, std::string_view forbidden) {
    const std::string_view whole(text.data(), text.size());
    std::size_t from = 0;
    std::size_t to = 0;
    while (from < whole.size()) {
        if (whole[from] == forbidden[0] && whole.substr(from).starts_with(forbidden)) {
            throw Refused(not_well_formed, "markup where none may be");
        }
        if (whole[from] != '&') {
            text[to++] = text[from++];
            continue;
        }
        const std::size_t end = std::min(whole.find(';', from), whole.size());
        const char32_t character = character_of(whole.substr(from + 1, end - from - 1));
        if (character == 0 || end == whole.size()) {
            throw Refused(not_well_formed, "a reference to nothing");
        }
        std::string resolved;  // short: without memory of its own
        append_utf8(resolved, character);
        to += resolved.copy(&text[to], resolved.size());
        from = end + 1;
    }
    return to;
}

}  // namespace cookbook::xml_rpc
