#include "iri.hpp"

#include <boost/url/grammar/alnum_chars.hpp>
#include <boost/url/grammar/lut_chars.hpp>

#include "11_01_http_client/message/percent_encoding.hpp"
#include "utf8.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using boost::urls::grammar::lut_chars;

constexpr lut_chars beyond_ascii([](char c) { return static_cast<unsigned char>(c) >= 0x80; });

/// What means the same encoded or not.
constexpr lut_chars always_plain = lut_chars(boost::urls::grammar::alnum_chars) + "-._~$!'()*+,;";
constexpr lut_chars plain_in_path = always_plain + "/:" + beyond_ascii;
constexpr lut_chars plain_in_query = always_plain + ":&%=";
constexpr lut_chars decoded_in_query = always_plain + beyond_ascii;

bool is_one_of(const lut_chars& characters, char c) {
    return characters(static_cast<unsigned char>(c));
}

}  // namespace

std::string iri_of_path(std::string_view path) {
    const std::string decoded = percent_decode(path).value_or(std::string(path));
    std::string iri;
    for (const char c : replace_malformed(decoded)) {
        if (is_one_of(plain_in_path, c)) {
            iri += c;
        } else {
            append_encoded(iri, c);
        }
    }
    return iri;
}

std::string iri_of_query(std::string_view query) {
    std::string bytes;
    while (!query.empty()) {
        const std::string_view next = query.substr(0, query[0] == '%' ? 3 : 1);
        const std::string decoded = percent_decode(next).value_or("%");
        if (next.size() > 1 && is_one_of(decoded_in_query, decoded[0])) {
            bytes += decoded;
        } else if (next.size() > 1 || is_one_of(plain_in_query, next[0])) {
            bytes += next;
        } else {
            append_encoded(bytes, next[0]);
        }
        query.remove_prefix(next.size());
    }
    return encode_malformed(bytes);
}

}  // namespace cookbook::http_client::httpbin
