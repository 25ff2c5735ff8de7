#include "encoding.hpp"

#include <algorithm>

#include "11_06_xml_rpc/fault.hpp"
#include "characters.hpp"
#include "common/http/grammar.hpp"
#include "declaration.hpp"

namespace cookbook::xml_rpc {
namespace {

using http::grammar::same_name;
using namespace std::string_view_literals;

enum class Form { utf8, utf16be, utf16le };

/// What the first bytes say.
struct Mark {
    Form form = Form::utf8;
    std::size_t size = 0;  // of the byte order mark
};

Mark mark_of(std::string_view bytes) {
    if (bytes.starts_with("\xef\xbb\xbf"sv)) {
        return {Form::utf8, 3};
    }
    if (bytes.starts_with("\xfe\xff"sv)) {
        return {Form::utf16be, 2};
    }
    if (bytes.starts_with("\xff\xfe"sv)) {
        return {Form::utf16le, 2};
    }
    // Without a mark: the '<' with which a document begins (XML 1.0, F.1).
    if (bytes.starts_with("\0<"sv)) {
        return {Form::utf16be, 0};
    }
    return {bytes.starts_with("<\0"sv) ? Form::utf16le : Form::utf8, 0};
}

[[noreturn]] void refuse_text(const std::string& what) {
    throw Refused(not_well_formed, what);
}

void append_utf16(std::string& out, std::string_view bytes, bool big_endian) {
    const auto unit = [&](std::size_t i) -> char32_t {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        return big_endian ? char32_t{first} << 8U | second : char32_t{second} << 8U | first;
    };
    if (bytes.size() % 2 != 0) {
        refuse_text("half a character of UTF-16 at the end");
    }
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        char32_t c = unit(i);
        const bool is_high = c >= 0xd800 && c < 0xdc00;
        if (is_high && i + 2 < bytes.size()) {
            const char32_t low = unit(i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10U) + (low - 0xdc00);
                i += 2;
            }
        }
        if (!is_xml_character(c)) {  // a lone surrogate, too
            refuse_text("a character that XML excludes");
        }
        append_utf8(out, c);
    }
}

void append_latin1(std::string& out, std::string_view bytes) {
    for (const char c : bytes) {
        append_utf8(out, static_cast<unsigned char>(c));
    }
}

/// Appends the bytes as UTF-8. `encoding` is what the declaration says, perhaps nothing.
void append_bytes(std::string& out, std::string_view bytes, std::string_view encoding,
                  bool has_mark) {
    if (encoding.empty() || same_name(encoding, "utf-8")) {
        out += bytes;
    } else if (same_name(encoding, "iso-8859-1") && !has_mark) {
        append_latin1(out, bytes);
    } else if (same_name(encoding, "us-ascii") && !has_mark) {
        if (!is_ascii(bytes)) {
            refuse_text("not ASCII, as it says");
        }
        out += bytes;
    } else {
        refuse_text("its encoding is not " + std::string(encoding.substr(0, 40)));
    }
}

void check_utf16_name(std::string_view encoding, Form form) {
    const std::string_view exact = form == Form::utf16be ? "utf-16be" : "utf-16le";
    if (!encoding.empty() && !same_name(encoding, "utf-16") && !same_name(encoding, exact)) {
        refuse_text("UTF-16 that says it is " + std::string(encoding.substr(0, 40)));
    }
}

}  // namespace

std::string_view decode_document(std::string_view bytes, std::string& storage) {
    storage.clear();
    const Mark mark = mark_of(bytes);
    bytes.remove_prefix(mark.size);
    Declaration declaration;
    if (mark.form == Form::utf8) {
        declaration = read_declaration(bytes);
        append_bytes(storage, bytes, declaration.encoding, mark.size > 0);
    } else {
        append_utf16(storage, bytes, mark.form == Form::utf16be);
        declaration = read_declaration(storage);
        check_utf16_name(declaration.encoding, mark.form);
    }
    if (find_forbidden(storage) != std::string_view::npos) {
        refuse_text("malformed UTF-8, or a character that XML excludes");
    }
    storage += '\n';
    return std::string_view(storage).substr(declaration.size);
}

}  // namespace cookbook::xml_rpc
