#include <cerrno>
#include <clocale>
#include <cwctype>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "11_06_xml_rpc/xml/characters.hpp"
#include "common/net/utf8.hpp"
#include "methods.hpp"

namespace cookbook::xml_rpc_service {
namespace {

struct FreeLocale {
    void operator()(locale_t locale) const noexcept { ::freelocale(locale); }
};
using Locale = std::unique_ptr<std::remove_pointer_t<locale_t>, FreeLocale>;

/// One that knows the cases of Unicode's characters; the process's own stays as it is.
std::shared_ptr<std::remove_pointer_t<locale_t>> unicode_locale() {
    Locale locale(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr));
    if (!locale) {
        throw std::system_error(errno, std::generic_category(), "locale C.UTF-8");
    }
    return locale;
}

/// The character that a sequence of UTF-8 is.
char32_t decode_character(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1) {
        return first;
    }
    char32_t c = first & (0x7fU >> sequence.size());
    for (const char byte : sequence.substr(1)) {
        c = c << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    return c;
}

/// A text whose characters have passed through `change`.
template <typename Change>
std::string change_characters(std::string_view text, Change change) {
    std::string changed;
    changed.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = utf8_sequence(text).size;
        const char32_t c = decode_character(text.substr(0, size));
        xml_rpc::append_utf8(changed, static_cast<char32_t>(change(static_cast<std::wint_t>(c))));
        text.remove_prefix(size);
    }
    return changed;
}

/// A character, not a byte, at a time.
std::string reverse_text(const std::string& text) {
    std::string reversed(text.size(), '\0');
    std::size_t end = text.size();
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t size = utf8_sequence(rest).size;
        end -= size;
        rest.copy(&reversed[end], size);
        rest.remove_prefix(size);
    }
    return reversed;
}

}  // namespace

void add_text(MethodTable& table) {
    const auto locale = unicode_locale();
    table.add("string.uppercase", "The text with its letters in upper case.",
              [locale](const std::string& text) {
                  return change_characters(
                      text, [&](std::wint_t c) { return ::towupper_l(c, locale.get()); });
              });
    table.add("string.lowercase", "The text with its letters in lower case.",
              [locale](const std::string& text) {
                  return change_characters(
                      text, [&](std::wint_t c) { return ::towlower_l(c, locale.get()); });
              });
    table.add("string.reverse", "The text with its characters in reverse order.", reverse_text);
}

}  // namespace cookbook::xml_rpc_service
