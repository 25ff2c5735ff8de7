#include "text.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "common/http/grammar.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;
using namespace std::string_view_literals;

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::size_t max_mark = 4;

/// The longer ones first: they begin like the shorter.
constexpr std::pair<std::string_view, std::string_view> byte_order_marks[] = {
    {"\xff\xfe\0\0"sv, "UTF-32LE"}, {"\0\0\xfe\xff"sv, "UTF-32BE"}, {"\xef\xbb\xbf"sv, "UTF-8"},
    {"\xff\xfe"sv, "UTF-16LE"},     {"\xfe\xff"sv, "UTF-16BE"},
};

/// "latin1" of "text/plain; charset=latin1".
std::string charset_of(std::string_view content_type) {
    content_type.remove_prefix(std::min(content_type.find(';'), content_type.size()));
    for (const auto& [name, value] :
         boost::beast::http::param_list({content_type.data(), content_type.size()})) {
        if (same_name(name, "charset")) {
            return std::string(value);
        }
    }
    return {};
}

/// iconv gives some names a meaning that no server's charset has: what follows a slash is for it,
/// and these are the forms of the machine's own memory.
bool is_charset(std::string_view name) {
    constexpr std::size_t max_name = 64;
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:+";
    return !name.empty() && name.size() <= max_name &&
           name.find_first_not_of(allowed) == name.npos && !same_name(name, "INTERNAL") &&
           !same_name(name, "WCHAR_T") && !same_name(name, "char");
}

bool names_utf8(std::string_view name) {
    return same_name(name, "UTF-8") || same_name(name, "UTF8");
}

/// What one U+FFFD stands for in a charset that iconv reads.
std::size_t unit_of(std::string_view charset) {
    const auto is = [&](std::string_view family) {
        return boost::algorithm::istarts_with(charset, family);
    };
    return is("UTF-32") || is("UCS-4") ? 4 : is("UTF-16") || is("UCS-2") ? 2 : 1;
}

/// Appends what iconv(3) makes of the bytes, until they are used up (0) or it stops at one (EILSEQ,
/// EINVAL).
int iconv_some(iconv_t converter, char** next, std::size_t* left, std::string& text) {
    std::array<char, 4096> room;
    for (;;) {
        char* end = room.data();
        std::size_t free = room.size();
        const std::size_t result = iconv(converter, next, left, &end, &free);
        const int reason = result == std::size_t(-1) ? errno : 0;
        text.append(room.data(), end);
        if (reason != E2BIG || end == room.data()) {
            return reason;
        }
    }
}

}  // namespace

void TextDecoder::Close::operator()(void* converter) const noexcept {
    iconv_close(converter);
}

TextDecoder::TextDecoder(std::string_view content_type) : charset_(charset_of(content_type)) {}

std::string TextDecoder::decode(std::string_view bytes) {
    bytes_ += bytes;
    if (!begun_ && bytes_.size() < max_mark) {
        return {};
    }
    return convert(false);
}

std::string TextDecoder::finish() {
    return convert(true);
}

std::string TextDecoder::convert(bool at_end) {
    if (!std::exchange(begun_, true)) {
        begin();
    }
    return converter_ ? convert_charset(at_end) : convert_utf8(at_end);
}

/// Finds out the charset.
void TextDecoder::begin() {
    for (const auto& [mark, charset] : byte_order_marks) {
        if (bytes_.starts_with(mark)) {
            bytes_.erase(0, mark.size());
            charset_ = charset;
            break;
        }
    }
    if (!is_charset(charset_) || names_utf8(charset_)) {
        return;
    }
    const iconv_t converter = iconv_open("UTF-8", charset_.c_str());
    if (reinterpret_cast<std::intptr_t>(converter) != -1) {
        converter_.reset(converter);
    }
}

std::string TextDecoder::convert_utf8(bool at_end) {
    std::string text;
    std::string_view rest = bytes_;
    while (!rest.empty()) {
        const Utf8Sequence sequence = utf8_sequence(rest);
        if (sequence.may_go_on && !at_end) {
            break;
        }
        text += sequence.is_character ? rest.substr(0, sequence.size) : replacement;
        rest.remove_prefix(sequence.size);
    }
    bytes_.erase(0, bytes_.size() - rest.size());
    return text;
}

std::string TextDecoder::convert_charset(bool at_end) {
    const std::size_t unit = unit_of(charset_);
    std::string text;
    char* next = bytes_.data();
    std::size_t left = bytes_.size();
    for (int reason = 0; (reason = iconv_some(converter_.get(), &next, &left, text)) != 0;) {
        if (reason == EINVAL && !at_end) {
            break;  // the last character is not whole yet
        }
        // It stopped before what does not fit; or, at the end, before a character that is cut.
        const std::size_t skipped = reason == EINVAL ? left : std::min(unit, left);
        text += replacement;
        next += skipped;
        left -= skipped;
    }
    bytes_.erase(0, bytes_.size() - left);
    if (at_end) {
        iconv_some(converter_.get(), nullptr, nullptr, text);  // what it holds back
    }
    return text;
}

std::string to_utf8(std::string_view content, std::string_view content_type) {
    TextDecoder decoder(content_type);
    const std::string text = decoder.decode(content);
    return text + decoder.finish();
}

}  // namespace cookbook::http_client
