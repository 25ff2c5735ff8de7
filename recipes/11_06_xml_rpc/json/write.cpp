#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "11_06_xml_rpc/value/walk.hpp"
#include "json.hpp"

namespace cookbook::xml_rpc {
namespace {

bool looks_like_a_type(const Struct& members) {
    constexpr std::array<std::string_view, 4> names = {"dateTime.iso8601", "base64", "double",
                                                       "struct"};
    return members.size() == 1 && std::ranges::find(names, members[0].name) != names.end();
}

/// Writes what walk() visits.
class JsonWriter {
public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    void scalar(Nil) { out_ += "null"; }
    void scalar(bool truth) { out_ += truth ? "true" : "false"; }
    void scalar(std::int64_t number) { out_ += fmt::format_int(number).c_str(); }
    void scalar(double real) {
        const bool is_number = std::isfinite(real);
        out_ += is_number ? "" : R"({"double":")";
        append_double(out_, real);
        out_ += is_number ? "" : R"("})";
    }
    void scalar(const std::string& text) { quote(text); }
    void scalar(const Bytes& bytes) {
        out_ += R"({"base64":")";
        append_base64(out_, bytes.data, "");
        out_ += R"("})";
    }
    void scalar(const DateTime& time) {
        out_ += R"({"dateTime.iso8601":)";
        quote(time.text);
        out_ += '}';
    }
    void begin(const Array&) { out_ += '['; }
    void item(std::size_t i) { out_ += i > 0 ? "," : ""; }
    void end(const Array&) { out_ += ']'; }
    void begin(const Struct& members) {
        out_ += looks_like_a_type(members) ? R"({"struct":{)" : "{";
    }
    void member(std::size_t i, std::string_view name) {
        out_ += i > 0 ? "," : "";
        quote(name);
        out_ += ':';
    }
    void end(const Struct& members) { out_ += looks_like_a_type(members) ? "}}" : "}"; }

private:
    void quote(std::string_view text) { out_ += boost::json::serialize(text); }

    std::string& out_;
};

std::string params_to_json(const Array& params) {
    std::string text = R"({"params":[)";
    for (const Value& param : params) {
        text += &param != params.data() ? "," : "";
        walk(param, JsonWriter(text));
    }
    return text + ']';
}

std::string content_to_json(const Call& call) {
    return params_to_json(call.params) + R"(,"method":)" + boost::json::serialize(call.method) +
           '}';
}
std::string content_to_json(const Results& results) {
    return params_to_json(results.values) + '}';
}
std::string content_to_json(const Fault& fault) {
    return fmt::format(R"({{"fault":{{"code":{},"string":{}}}}})", fault.code,
                       boost::json::serialize(fault.text));
}

}  // namespace

std::string to_json(const Value& value) {
    std::string text;
    walk(value, JsonWriter(text));
    return text;
}

std::string message_to_json(const Message& message) {
    return std::visit([](const auto& content) { return content_to_json(content); }, message);
}

}  // namespace cookbook::xml_rpc
