#include <algorithm>
#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/system/error_code.hpp>
#include <iterator>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "json.hpp"

namespace cookbook::xml_rpc {
namespace {

constexpr int max_json_depth = 1000;  // parsers of JSON recurse, and so does interpret()

std::string take_text(Value& value, const char* what) {
    auto* text = value.get_if<std::string>();
    if (text == nullptr) {
        throw JsonError(std::string(what) + " is written as a string");
    }
    return std::move(*text);
}

Value to_date(Value& content) {
    return DateTime{take_text(content, "dateTime.iso8601")};
}

Value to_bytes(Value& content) {
    auto bytes = decode_base64(take_text(content, "base64"));
    if (!bytes) {
        throw JsonError("base64 is malformed");
    }
    return Bytes{*std::move(bytes)};
}

Value to_named_double(Value& content) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::string text = take_text(content, "a double that is not a number");
    if (text == "nan") {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (text != "inf" && text != "-inf") {
        throw JsonError("a double is a number, or \"inf\", \"-inf\" or \"nan\"");
    }
    return text == "inf" ? infinity : -infinity;
}

Value to_plain_struct(Value& content) {
    auto* members = content.get_if<Struct>();
    if (members == nullptr) {
        throw JsonError("a struct is written as an object");
    }
    return std::move(*members);
}

/// What an object with one member of that name means.
struct NamedType {
    std::string_view name;
    Value (*make)(Value& content);
};
constexpr std::array<NamedType, 4> named_types = {{{"dateTime.iso8601", to_date},
                                                   {"base64", to_bytes},
                                                   {"double", to_named_double},
                                                   {"struct", to_plain_struct}}};

const NamedType* named_type(std::string_view name) {
    const auto* const found = std::ranges::find(named_types, name, &NamedType::name);
    return found == named_types.end() ? nullptr : found;
}

/// Makes of the objects that name a type what they mean. From the outside in: what is in a
/// {"struct": …} is not looked at twice.
void interpret(Value& value) {
    if (auto* members = value.get_if<Struct>(); members != nullptr && members->size() == 1) {
        if (const NamedType* type = named_type(members->front().name)) {
            Value meant = type->make(members->front().value);
            value = std::move(meant);
        }
    }
    if (auto* items = value.get_if<Array>()) {
        std::ranges::for_each(*items, interpret);
    } else if (auto* members = value.get_if<Struct>()) {
        std::ranges::for_each(*members, interpret, &Member::value);
    }
}

/// To the nearest double, which the parser's own conversion may miss by a bit.
Value to_double(const std::string& text) {
    const std::optional<double> real = parse_double(text);
    if (!real || *real - *real != 0) {  // infinite
        throw JsonError(text.substr(0, 40) + " is out of a double's range");
    }
    return *real;
}

/// What boost::json::basic_parser calls for each thing that it reads. Objects become structs.
class JsonHandler {
public:
    using error_code = boost::system::error_code;
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    [[nodiscard]] Value result() { return std::move(values_.back()); }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }

    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t size, error_code&) {
        const auto first = values_.end() - static_cast<std::ptrdiff_t>(size);
        Array items(std::make_move_iterator(first), std::make_move_iterator(values_.end()));
        values_.erase(first, values_.end());
        return push(std::move(items));
    }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t size, error_code&) {
        Value members = to_struct(std::span(keys_).last(size), std::span(values_).last(size));
        keys_.resize(keys_.size() - size);
        values_.resize(values_.size() - size);
        return push(std::move(members));
    }

    bool on_key_part(std::string_view part, std::size_t, error_code&) { return collect(part); }
    bool on_key(std::string_view part, std::size_t, error_code&) {
        keys_.push_back(std::exchange(text_.append(part), {}));
        return true;
    }
    bool on_string_part(std::string_view part, std::size_t, error_code&) { return collect(part); }
    bool on_string(std::string_view part, std::size_t, error_code&) {
        return push(std::exchange(text_.append(part), {}));
    }

    bool on_number_part(std::string_view part, error_code&) { return collect(part); }
    bool on_int64(std::int64_t number, std::string_view, error_code&) {
        text_.clear();
        return push(number);
    }
    bool on_uint64(std::uint64_t, std::string_view, error_code&) { refuse_integer(); }
    bool on_double(double, std::string_view part, error_code&) {
        text_.append(part);
        if (text_.find_first_of(".eE") == std::string::npos) {
            refuse_integer();
        }
        return push(to_double(std::exchange(text_, {})));
    }

    bool on_bool(bool truth, error_code&) { return push(truth); }
    bool on_null(error_code&) { return push(Nil{}); }
    bool on_comment_part(std::string_view, error_code&) { return true; }
    bool on_comment(std::string_view, error_code&) { return true; }

private:
    [[noreturn]] static void refuse_integer() {
        throw JsonError("XML-RPC has no integer beyond 64 bits");
    }
    bool push(Value value) {
        values_.push_back(std::move(value));
        return true;
    }
    bool collect(std::string_view part) {
        text_.append(part);
        return true;
    }

    Array values_;                   // of the containers that are open, one after another
    std::vector<std::string> keys_;  // of the objects among them
    std::string text_;               // of a string or number that comes in parts
};

}  // namespace

Value from_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::basic_parser<JsonHandler> parser(options);
    boost::system::error_code error;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
    if (error) {
        throw JsonError(error.message() + " at byte " + std::to_string(taken));
    }
    if (taken != text.size()) {
        throw JsonError("more follows at byte " + std::to_string(taken));
    }
    Value value = parser.handler().result();
    interpret(value);
    return value;
}

}  // namespace cookbook::xml_rpc
