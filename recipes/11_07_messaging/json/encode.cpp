#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/hex.hpp>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "11_07_messaging/value/text.hpp"
#include "json.hpp"

namespace cookbook::messaging {
namespace {

/// A lone surrogate, which UTF-8 has no place for and JSON has.
Character surrogate_at(std::string_view text, std::size_t position) {
    constexpr char first_byte = '\xed';
    const Character character =
        text[position] == first_byte ? character_at(text, position) : Character{};
    return character.code >= 0xd800 && character.code <= 0xdfff ? character : Character{};
}

void put_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i];
        } else if (c < ' ' || c == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        } else if (const Character character = surrogate_at(text, i); character.size > 0) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", unsigned{character.code});
            i += character.size - 1;
        } else {
            out += text[i];
        }
    }
    out += '"';
}

std::string real_to_text(double real) {
    if (std::isnan(real)) {
        return R"({"float": "nan"})";
    }
    if (std::isinf(real)) {
        return real > 0 ? R"({"float": "inf"})" : R"({"float": "-inf"})";
    }
    const std::string text = fmt::format("{}", real);  // the shortest that reads back the same
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

bool has_text_keys(const Dict& dict) {
    const auto is_text = [](const auto& item) { return item.first.kind() == Kind::text; };
    return std::ranges::all_of(dict.items, is_text);
}

/// Whether the dict, as a JSON object, would be read as what its one member names.
bool looks_like_a_type(const Dict& dict) {
    return dict.items.size() == 1 && names_a_type(dict.items[0].first.as<std::string>());
}

/// What is around and between the items of a container; a dict's keys and values in turn.
struct Brackets {
    std::string_view begin;
    std::string_view between;
    std::string_view after_key;
    std::string_view end;
};
constexpr Brackets array_brackets = {"[", ", ", ", ", "]"};
constexpr Brackets tuple_brackets = {R"({"tuple": [)", ", ", ", ", "]}"};
constexpr Brackets set_brackets = {R"({"set": [)", ", ", ", ", "]}"};
constexpr Brackets frozen_set_brackets = {R"({"frozenset": [)", ", ", ", ", "]}"};
constexpr Brackets object_brackets = {"{", ", ", ": ", "}"};
constexpr Brackets pairs_brackets = {R"({"dict": [[)", "], [", ", ", "]]}"};

class JsonEncoder {
public:
    explicit JsonEncoder(JsonForm form) : form_(form) {}

    std::string encode(const Value& value) && {
        begin(value);
        // Not by recursion: objects may be nested deeper than the stack of a thread.
        while (!open_.empty()) {
            go_on();
        }
        return std::move(text_);
    }

private:
    struct Open {
        const Value* container;
        const Brackets* brackets;
        std::size_t next = 0;
    };

    void begin(const Value& value) {
        value.visit([&](const auto& content) { write(content, value); });
    }

    void go_on() {
        Open& innermost = open_.back();
        const Value* item = item_at(*innermost.container, innermost.next);
        if (!item) {
            text_ += innermost.brackets->end;
            open_.pop_back();
            return;
        }
        if (innermost.next > 0) {
            const bool is_key = innermost.next % 2 == 0;
            text_ += is_key ? innermost.brackets->between : innermost.brackets->after_key;
        }
        ++innermost.next;
        begin(*item);
    }

    void write(const auto& container, const Value& value) {
        const Brackets& brackets = brackets_of(container);
        text_ += brackets.begin;
        open_.push_back({&value, &brackets});
    }
    void write(None, const Value&) { text_ += "null"; }
    void write(bool truth, const Value&) { text_ += truth ? "true" : "false"; }
    void write(std::int64_t number, const Value&) { text_ += std::to_string(number); }
    void write(double real, const Value&) {
        need_typed_form(!std::isfinite(real), "infinity and NaN");
        text_ += real_to_text(real);
    }
    void write(const BigInteger& integer, const Value&) { text_ += to_decimal(integer); }
    void write(const std::string& text, const Value&) { put_quoted(text_, text); }
    void write(const Bytes& bytes, const Value&) {
        need_typed_form(true, "bytes");
        text_ += R"({"bytes": ")";
        boost::algorithm::hex_lower(bytes.data, std::back_inserter(text_));
        text_ += R"("})";
    }

    const Brackets& brackets_of(const List&) { return array_brackets; }
    const Brackets& brackets_of(const Tuple&) {
        return form_ == JsonForm::plain ? array_brackets : tuple_brackets;
    }
    const Brackets& brackets_of(const Dict& dict) {
        const bool is_object =
            has_text_keys(dict) && (form_ == JsonForm::plain || !looks_like_a_type(dict));
        need_typed_form(!is_object, "keys that are no str");
        return is_object ? object_brackets : pairs_brackets;
    }
    const Brackets& brackets_of(const Set&) {
        need_typed_form(true, "sets");
        return set_brackets;
    }
    const Brackets& brackets_of(const FrozenSet&) {
        need_typed_form(true, "sets");
        return frozen_set_brackets;
    }

    void need_typed_form(bool needed, const std::string& what) const {
        if (needed && form_ == JsonForm::plain) {
            throw JsonError("it has no word for " + what);
        }
    }

    JsonForm form_;
    std::string text_;
    std::vector<Open> open_;
};

}  // namespace

std::string to_json(const Value& value, JsonForm form) {
    return JsonEncoder(form).encode(value);
}

}  // namespace cookbook::messaging
