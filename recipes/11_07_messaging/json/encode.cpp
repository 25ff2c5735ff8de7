#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/hex.hpp>
#include <cmath>
#include <cstdint>
#include <iterator>

#include "json.hpp"

namespace cookbook::messaging {
namespace {

void put_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += text[i];
        } else if (c < ' ' || c == 0x7f) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        } else if (c == 0xed && static_cast<unsigned char>(text[i + 1]) >= 0xa0) {
            // A lone surrogate: U+D800 and above are ED A0 80 and above.
            const unsigned high = static_cast<unsigned char>(text[i + 1]) & 0x3fU;
            const unsigned low = static_cast<unsigned char>(text[i + 2]) & 0x3fU;
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", 0xd000U | high << 6U | low);
            i += 2;
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

/// Whether a dict is an object in JSON: its keys are text, and it cannot be taken for {"set": …}.
bool is_object(const Dict& dict) {
    const auto is_text = [](const auto& item) { return item.first.kind() == Kind::text; };
    if (!std::ranges::all_of(dict.items, is_text)) {
        return false;
    }
    return dict.items.size() != 1 || !names_a_type(dict.items[0].first.as<std::string>());
}

/// What stands around and between the items of a container; a dict's keys and values in turn.
struct Form {
    std::string_view begin;
    std::string_view between;
    std::string_view after_key;
    std::string_view end;
};
constexpr Form array_form = {"[", ", ", ", ", "]"};
constexpr Form tuple_form = {R"({"tuple": [)", ", ", ", ", "]}"};
constexpr Form set_form = {R"({"set": [)", ", ", ", ", "]}"};
constexpr Form frozen_set_form = {R"({"frozenset": [)", ", ", ", ", "]}"};
constexpr Form object_form = {"{", ", ", ": ", "}"};
constexpr Form pairs_form = {R"({"dict": [[)", "], [", ", ", "]]}"};

const Form& form_of(const Dict& dict) {
    return is_object(dict) ? object_form : pairs_form;
}
const Form& form_of(const List&) {
    return array_form;
}
const Form& form_of(const Tuple&) {
    return tuple_form;
}
const Form& form_of(const Set&) {
    return set_form;
}
const Form& form_of(const FrozenSet&) {
    return frozen_set_form;
}

class JsonEncoder {
public:
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
        const Form* form;
        std::size_t next = 0;
    };

    void begin(const Value& value) {
        value.visit([&](const auto& content) { write(content, value); });
    }

    void go_on() {
        Open& innermost = open_.back();
        const Value* item = item_at(*innermost.container, innermost.next);
        if (!item) {
            text_ += innermost.form->end;
            open_.pop_back();
            return;
        }
        if (innermost.next > 0) {
            text_ += innermost.next % 2 == 0 ? innermost.form->between : innermost.form->after_key;
        }
        ++innermost.next;
        begin(*item);
    }

    void write(const auto& container, const Value& value) {
        const Form& form = form_of(container);
        text_ += form.begin;
        open_.push_back({&value, &form});
    }
    void write(None, const Value&) { text_ += "null"; }
    void write(bool truth, const Value&) { text_ += truth ? "true" : "false"; }
    void write(std::int64_t number, const Value&) { text_ += std::to_string(number); }
    void write(double real, const Value&) { text_ += real_to_text(real); }
    void write(const BigInteger& integer, const Value&) { text_ += to_decimal(integer); }
    void write(const std::string& text, const Value&) { put_quoted(text_, text); }
    void write(const Bytes& bytes, const Value&) {
        text_ += R"({"bytes": ")";
        boost::algorithm::hex_lower(bytes.data, std::back_inserter(text_));
        text_ += R"("})";
    }

    std::string text_;
    std::vector<Open> open_;
};

}  // namespace

std::string to_json(const Value& value) {
    return JsonEncoder().encode(value);
}

}  // namespace cookbook::messaging
