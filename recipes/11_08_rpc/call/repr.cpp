#include "repr.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "11_07_messaging/value/text.hpp"

namespace cookbook::rpc {
namespace {

using messaging::BigInteger;
using messaging::FrozenSet;
using messaging::Set;

constexpr int max_depth = 20;
constexpr std::size_t max_text = std::size_t{64} << 10U;

class ReprWriter {
public:
    std::string write(const Value& value) && {
        put(value, 0);
        return std::move(text_);
    }

private:
    void put(const Value& value, int depth) {
        if (depth == max_depth || text_.size() > max_text) {
            text_ += "...";
            return;
        }
        value.visit([&](const auto& object) { put_object(object, depth + 1); });
    }

    void put_object(None, int) { text_ += "None"; }
    void put_object(bool truth, int) { text_ += truth ? "True" : "False"; }
    void put_object(std::int64_t number, int) { text_ += std::to_string(number); }
    void put_object(const BigInteger& integer, int) try {
        text_ += to_decimal(integer);
    } catch (const std::length_error&) {  // it has no text form
        text_ += "...";
    }
    void put_object(double real, int) {
        const std::string text = fmt::format("{}", real);
        const bool looks_whole = std::isfinite(real) && text.find_first_of(".e") == text.npos;
        text_ += looks_whole ? text + ".0" : text;
    }
    void put_object(const std::string& text, int) {
        put_quoted(text, [&](std::size_t& position) { put_character(text, position); });
    }
    void put_object(const Bytes& bytes, int) {
        text_ += 'b';
        put_quoted(bytes.data, [&](std::size_t& position) {
            put_byte(static_cast<unsigned char>(bytes.data[position++]));
        });
    }
    void put_object(const List& list, int depth) { put_items("[", list.items, "]", depth); }
    void put_object(const Tuple& tuple, int depth) {
        put_items("(", tuple.items, tuple.items.size() == 1 ? ",)" : ")", depth);
    }
    void put_object(const Set& set, int depth) {
        set.items.empty() ? void(text_ += "set()") : put_items("{", set.items, "}", depth);
    }
    void put_object(const FrozenSet& set, int depth) {
        set.items.empty() ? void(text_ += "frozenset()")
                          : put_items("frozenset({", set.items, "})", depth);
    }
    void put_object(const Dict& dict, int depth) {
        std::string_view before = "{";
        for (const auto& [key, value] : dict.items) {
            text_ += std::exchange(before, ", ");
            put(key, depth);
            text_ += ": ";
            put(value, depth);
            if (text_.size() > max_text) {
                break;
            }
        }
        text_ += dict.items.empty() ? "{}" : "}";
    }

    void put_items(std::string_view begin, const std::vector<Value>& items, std::string_view end,
                   int depth) {
        text_ += begin;
        std::string_view before;
        for (const Value& item : items) {
            text_ += std::exchange(before, ", ");
            put(item, depth);
            if (text_.size() > max_text) {
                break;
            }
        }
        text_ += end;
    }

    /// In single quotes, or in double ones if that saves escaping.
    template <typename PutNext>
    void put_quoted(std::string_view text, PutNext put_next) {
        const bool has_single = text.find('\'') != text.npos;
        quote_ = has_single && text.find('"') == text.npos ? '"' : '\'';
        text_ += quote_;
        for (std::size_t position = 0; position < text.size() && text_.size() <= max_text;) {
            put_next(position);
        }
        text_ += quote_;
    }

    void put_character(std::string_view text, std::size_t& position) {
        const messaging::Character character = messaging::character_at(text, position);
        const bool is_surrogate = character.code >= 0xd800 && character.code <= 0xdfff;
        if (character.code < 0xa1) {
            put_byte(static_cast<unsigned char>(character.code));
        } else if (is_surrogate) {
            fmt::format_to(std::back_inserter(text_), "\\u{:04x}", unsigned{character.code});
        } else {
            text_ += text.substr(position, character.size);
        }
        position += character.size;
    }

    void put_byte(unsigned char byte) {
        const char c = static_cast<char>(byte);
        if (c == quote_ || c == '\\') {
            text_ += '\\';
            text_ += c;
        } else if (c == '\n' || c == '\r' || c == '\t') {
            text_ += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else if (byte < ' ' || byte > '~') {
            fmt::format_to(std::back_inserter(text_), "\\x{:02x}", byte);
        } else {
            text_ += c;
        }
    }

    std::string text_;
    char quote_ = '\'';
};

}  // namespace

std::string repr(const Value& value) {
    return ReprWriter().write(value);
}

std::string str(const Value& value) {
    const auto* text = value.get_if<std::string>();
    return text ? *text : repr(value);
}

}  // namespace cookbook::rpc
