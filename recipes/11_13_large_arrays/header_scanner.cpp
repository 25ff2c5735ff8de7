// The text of a header: a dictionary as Python writes it, of which three keys and their values are
// known, and nothing else.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "common/net/utf8.hpp"
#include "npy.hpp"

namespace cookbook::large_arrays {
namespace {

class HeaderScanner {
public:
    explicit HeaderScanner(std::string_view text) : text_(text) {}

    Header scan() {
        expect('{');
        while (!take('}')) {
            scan_entry();
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        expect_end();
        return {.type = required(type_, "descr"),
                .fortran_order = required(fortran_order_, "fortran_order"),
                .shape = required(shape_, "shape")};
    }

private:
    void scan_entry() {
        const std::string_view key = scan_string("a key");
        expect(':');
        if (key == "descr") {
            store(type_, key, parse_descr(printable(brief(scan_string("descr")))));
        } else if (key == "fortran_order") {
            store(fortran_order_, key, scan_bool());
        } else if (key == "shape") {
            store(shape_, key, scan_shape());
        } else {
            fail(fmt::format("unknown key '{}'", printable(brief(key))));
        }
    }

    template <typename Value>
    void store(std::optional<Value>& value, std::string_view key, Value found) {
        // [step 3] A key comes once.
        if (value) {
            fail(fmt::format("key '{}' comes twice", key));
        }
        value = std::move(found);
        // [end]
    }

    template <typename Value>
    Value required(std::optional<Value>& value, std::string_view key) const {
        if (!value) {
            fail(fmt::format("key '{}' is missing", key));
        }
        return std::move(*value);
    }

    /// In either quote, as it is: no name that we know has a backslash.
    std::string_view scan_string(std::string_view what) {
        skip_blanks();
        const char quote = text_.empty() ? '\0' : text_.front();
        const auto end = quote == '\'' || quote == '"' ? text_.find(quote, 1) : text_.npos;
        if (end == text_.npos) {
            fail(fmt::format("{} is no string: {}", what, printable(brief(text_))));
        }
        const std::string_view string = text_.substr(1, end - 1);
        text_.remove_prefix(end + 1);
        return string;
    }

    bool scan_bool() {
        skip_blanks();
        for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
            if (text_.starts_with(word)) {
                text_.remove_prefix(std::string_view(word).size());
                return value;
            }
        }
        fail("fortran_order is neither True nor False");
    }

    /// (), (5,) or (2, 3): (5) is a number in parentheses.
    std::vector<std::uint64_t> scan_shape() {
        std::vector<std::uint64_t> shape;
        // [step 3] Read numbers, a comma behind each; only the last of several may lack it.
        expect('(');
        bool has_comma = true;
        while (!take(')')) {
            if (!has_comma) {
                fail("shape is no tuple");
            }
            if (shape.size() == max_dimensions) {
                fail(fmt::format("shape has more than {} dimensions", max_dimensions));
            }
            shape.push_back(scan_number());
            has_comma = take(',');
        }
        if (shape.size() == 1 && !has_comma) {
            fail("shape is no tuple");
        }
        // [end]
        return shape;
    }

    std::uint64_t scan_number() {
        skip_blanks();
        const auto size = text_.find_first_not_of("0123456789");
        const std::string_view digits = text_.substr(0, size);
        if (digits.empty() || (digits.front() == '0' && digits.size() > 1)) {
            fail("shape has something that is no decimal number");
        }
        std::uint64_t value = 0;
        // [step 3] Add digit by digit, and refuse what does not fit into 64 bits.
        for (const char c : digits) {
            const auto digit = static_cast<std::uint64_t>(c - '0');
            if (__builtin_mul_overflow(value, 10U, &value) ||
                __builtin_add_overflow(value, digit, &value)) {
                fail("shape has a number of more than 64 bits");
            }
        }
        // [end]
        text_.remove_prefix(digits.size());
        return value;
    }

    void skip_blanks() {
        const auto blanks = text_.find_first_not_of(" \t\r\n\f");
        text_.remove_prefix(std::min(blanks, text_.size()));
    }

    bool take(char c) {
        skip_blanks();
        if (!text_.starts_with(c)) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }

    void expect(char c) {
        if (!take(c)) {
            fail(fmt::format("expected '{}' before '{}'", c, printable(brief(text_))));
        }
    }

    /// Blanks, and a line feed last.
    void expect_end() {
        // [step 3] What follows the dictionary is blanks, and the last of them a line feed.
        const bool ends_with_line_feed = text_.ends_with('\n');
        skip_blanks();
        if (!text_.empty()) {
            fail(fmt::format("'{}' follows the dictionary", printable(brief(text_))));
        }
        if (!ends_with_line_feed) {
            fail("no line feed at its end");
        }
        // [end]
    }

    [[noreturn]] static void fail(const std::string& reason) {
        throw NpyError("header: " + reason);
    }

    std::string_view text_;  // what is still to be read
    std::optional<ElementType> type_;
    std::optional<bool> fortran_order_;
    std::optional<std::vector<std::uint64_t>> shape_;
};

}  // namespace

Header parse_header(std::string_view text) {
    return HeaderScanner(text).scan();
}

}  // namespace cookbook::large_arrays
