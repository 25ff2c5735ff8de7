#include "iri.hpp"

#include <fmt/format.h>

#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/hexdig_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>
#include <iterator>
#include <optional>

#include "utf8.hpp"

namespace cookbook::http_client {
namespace {

using boost::urls::grammar::hexdig_value;
using boost::urls::grammar::lut_chars;

/// What means the same encoded or not.
constexpr lut_chars plain = lut_chars(boost::urls::grammar::alnum_chars) + "-._~$!'()*+,;";

constexpr unsigned char first_beyond_ascii = 0x80;

void append_encoded(std::string& text, char c) {
    fmt::format_to(std::back_inserter(text), "%{:02X}", static_cast<unsigned char>(c));
}

/// The byte that "%41" at the beginning of `text` stands for.
std::optional<char> encoded_byte(std::string_view text) {
    if (text.size() < 3 || text[0] != '%' || hexdig_value(text[1]) < 0 ||
        hexdig_value(text[2]) < 0) {
        return std::nullopt;
    }
    return static_cast<char>(hexdig_value(text[1]) * 16 + hexdig_value(text[2]));
}

/// Decodes `decoded` and what is not ASCII; encodes all but `literal`.
std::string recode(std::string_view text, const lut_chars& literal, const lut_chars& decoded) {
    std::string bytes;
    while (!text.empty()) {
        const std::optional<char> encoded = encoded_byte(text);
        const char c = encoded.value_or(text[0]);
        const auto byte = static_cast<unsigned char>(c);
        if (encoded ? decoded(byte) || byte >= first_beyond_ascii : literal(byte)) {
            bytes += c;
        } else {
            append_encoded(bytes, c);
        }
        text.remove_prefix(encoded ? 3 : 1);
    }
    return bytes;
}

}  // namespace

std::string iri_of_path(std::string_view path) {
    static constexpr lut_chars in_path = plain + "/:";
    return replace_malformed(recode(path, in_path, in_path));
}

std::string iri_of_query(std::string_view query) {
    static constexpr lut_chars in_query = plain + ":&%=";
    std::string bytes = recode(query, in_query, plain);
    std::string iri;
    for (std::string_view rest = bytes; !rest.empty();) {
        const std::size_t size = character_size(rest);
        if (size == 0) {
            append_encoded(iri, rest[0]);
        } else {
            iri += rest.substr(0, size);
        }
        rest.remove_prefix(size == 0 ? 1 : size);
    }
    return iri;
}

}  // namespace cookbook::http_client
