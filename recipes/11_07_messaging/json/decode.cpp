#include <algorithm>
#include <array>
#include <boost/algorithm/hex.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "common/async/asio.hpp"
#include "json.hpp"

namespace cookbook::messaging {
namespace {

Value to_bytes(const Value& digits) {
    Bytes bytes;
    boost::algorithm::unhex(digits.as<std::string>(), std::back_inserter(bytes.data));
    return bytes;
}

Value to_float(const Value& name) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto& text = name.as<std::string>();
    if (text == "nan") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (text != "inf" && text != "-inf") {
        throw JsonError("a float is named nan, inf or -inf");
    }
    return text == "inf" ? infinity : -infinity;
}

Value to_dict(const Value& pairs) {
    Dict dict;
    for (const Value& pair : pairs.as<List>().items) {
        const auto& items = pair.as<List>().items;
        if (items.size() != 2) {
            throw JsonError("a dict is a list of pairs");
        }
        dict.items.emplace_back(items[0], items[1]);
    }
    return dict;
}

/// To the nearest double, which the parser's own conversion may miss by a bit.
Value to_real(const std::string& text) {
    double real = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), real);
    if (failure != std::errc()) {
        throw JsonError(text + " is out of a float's range");
    }
    return real;
}

template <typename Container>
Value to_container(const Value& list) {
    return Container{list.as<List>().items};
}

struct TypeName {
    std::string_view name;
    Value (*make)(const Value& content);
};
constexpr std::array<TypeName, 6> type_names = {{{"bytes", to_bytes},
                                                 {"float", to_float},
                                                 {"tuple", to_container<Tuple>},
                                                 {"set", to_container<Set>},
                                                 {"frozenset", to_container<FrozenSet>},
                                                 {"dict", to_dict}}};

const TypeName* find_type(std::string_view key) {
    const auto* found = std::ranges::find(type_names, key, &TypeName::name);
    return found == type_names.end() ? nullptr : found;
}

/// A dict, or what it means if its one member names a type.
Value to_object(Dict dict) {
    const TypeName* type =
        dict.items.size() == 1 ? find_type(dict.items[0].first.as<std::string>()) : nullptr;
    return type ? type->make(dict.items[0].second) : Value(std::move(dict));
}

/// What boost::json::basic_parser calls for each thing that it reads.
class Handler {
public:
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    explicit Handler(JsonForm form) : form_(form) {}

    [[nodiscard]] Value result() { return std::move(values_.back()); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }

    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t size, error_code&) { return push(List{take(size)}); }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t size, error_code&) {
        std::vector<Value> items = take(2 * size);
        Dict dict;
        for (auto item = items.begin(); item != items.end(); item += 2) {
            dict.items.emplace_back(std::move(item[0]), std::move(item[1]));
        }
        return push(form_ == JsonForm::plain ? Value(std::move(dict)) : to_object(std::move(dict)));
    }

    bool on_key_part(std::string_view part, std::size_t, error_code&) { return collect(part); }
    bool on_key(std::string_view part, std::size_t, error_code&) { return end_text(part); }
    bool on_string_part(std::string_view part, std::size_t, error_code&) { return collect(part); }
    bool on_string(std::string_view part, std::size_t, error_code&) { return end_text(part); }

    bool on_number_part(std::string_view part, error_code&) { return collect(part); }
    bool on_int64(std::int64_t number, std::string_view, error_code&) { return end_number(number); }
    bool on_uint64(std::uint64_t, std::string_view part, error_code&) {
        return end_number(integer_from_decimal(text_.append(part)));
    }
    bool on_double(double, std::string_view part, error_code&) {
        text_.append(part);
        const bool is_integer = text_.find_first_of(".eE") == std::string::npos;
        return end_number(is_integer ? integer_from_decimal(text_) : to_real(text_));
    }

    bool on_bool(bool truth, error_code&) { return push(truth); }
    bool on_null(error_code&) { return push(None{}); }
    bool on_comment_part(std::string_view, error_code&) { return true; }
    bool on_comment(std::string_view, error_code&) { return true; }

private:
    bool push(Value value) {
        values_.push_back(std::move(value));
        return true;
    }
    bool collect(std::string_view part) {
        text_.append(part);
        return true;
    }
    bool end_text(std::string_view part) { return push(std::exchange(text_.append(part), {})); }
    bool end_number(Value number) {
        text_.clear();
        return push(std::move(number));
    }
    std::vector<Value> take(std::size_t size) {
        const auto first = values_.end() - static_cast<std::ptrdiff_t>(size);
        std::vector<Value> items(std::make_move_iterator(first),
                                 std::make_move_iterator(values_.end()));
        values_.erase(first, values_.end());
        return items;
    }

    JsonForm form_;
    std::vector<Value> values_;  // of the containers that are open, one after another
    std::string text_;           // of a string or number that comes in parts
};

}  // namespace

bool names_a_type(std::string_view key) {
    return find_type(key) != nullptr;
}

Value from_json(std::string_view text, JsonForm form) try {
    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::basic_parser<Handler> parser(options, form);
    error_code error;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
    if (error) {
        throw JsonError(error.message() + " at byte " + std::to_string(taken));
    }
    if (taken != text.size()) {
        throw JsonError("more follows at byte " + std::to_string(taken));
    }
    return parser.handler().result();
} catch (const TypeError& error) {
    throw JsonError(error.what());
} catch (const boost::algorithm::hex_decode_error&) {
    throw JsonError("bytes are written as pairs of hexadecimal digits");
}

}  // namespace cookbook::messaging
