// What the service has: kinds of things, their members, and what each member may be. Everything
// else is made of these tables: the checks, the SQL, the OpenAPI document.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cookbook::rest_api {

/// NULL, a whole number (a price in cents, too), or a text.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
using Values = std::vector<Value>;

enum class Type { integer, cents, text };

struct Member {
    std::string_view name;  // of the JSON member and the column
    Type type;
    std::int64_t min;  // of a number, or of the length of a text, in code points
    std::int64_t max;
    bool required = true;
    bool nullable = false;
    bool unique = false;
    /// What a member has that is not given.
    std::optional<std::int64_t> otherwise = {};
    /// What a text must match, as a regular expression of ECMA-262, and as a sentence.
    std::string_view pattern = {};
    std::string_view rule = {};
    bool (*matches)(std::string_view text) = nullptr;
};

/// A parameter that narrows a list: rows whose column compares so to its value.
struct Filter {
    std::string_view name;
    std::string_view column;
    std::string_view comparison;  // of SQL
};

struct Kind {
    std::string_view name;  // of the path and the table
    std::string_view title;
    std::span<const Member> members;
    std::span<const Filter> filters;
    std::span<const std::string_view> sort_columns;

    [[nodiscard]] const Member* find(std::string_view member) const;
};

extern const Kind users;
extern const Kind products;

/// All kinds, in the order in which they are shown.
[[nodiscard]] std::span<const Kind* const> kinds();
/// The kind of that name; null if there is none.
[[nodiscard]] const Kind* find_kind(std::string_view name);

/// A row. `values` are those of the kind's members, in their order.
struct Row {
    std::int64_t id = 0;
    std::int64_t version = 1;
    std::string created_at;
    std::string updated_at;
    Values values;
};

/// The row as a JSON object.
[[nodiscard]] std::string to_json(const Kind& kind, const Row& row);

/// A JSON string.
[[nodiscard]] std::string json_string(std::string_view text);

/// "19.99", "19.9", "20" for cents.
[[nodiscard]] std::string cents_text(std::int64_t cents);

/// A price in cents; nothing if it is not finite or has more than two decimals.
[[nodiscard]] std::optional<std::int64_t> cents_of(double price);

/// Code points of a text that is UTF-8.
[[nodiscard]] std::size_t length_of(std::string_view text);

/// Whether a text has a control character, of C0 or C1.
[[nodiscard]] bool has_control(std::string_view text);

}  // namespace cookbook::rest_api
