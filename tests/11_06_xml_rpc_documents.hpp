// Documents of recipe 11.6, and what its tests say of them.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "11_06_xml_rpc/json/json.hpp"
#include "11_06_xml_rpc/xml/reader.hpp"
#include "support/loopback.hpp"

namespace cookbook::testing {

/// A call with one argument, which is what `value` holds: "<value>…</value>".
inline std::string call_of(std::string_view value) {
    return "<methodCall><methodName>f</methodName><params><param>" + std::string(value) +
           "</param></params></methodCall>";
}

/// What a document says, as `client decode` prints it; "refused CODE" if it is refused.
inline std::string read_as_json(std::string_view document, xml_rpc::ReadLimits limits = {}) {
    try {
        return xml_rpc::message_to_json(xml_rpc::Reader(limits).read(document));
    } catch (const xml_rpc::Refused& refused) {
        return "refused " + std::to_string(refused.code);
    }
}

/// The same of the one argument of a call.
inline std::string value_as_json(std::string_view value, xml_rpc::ReadLimits limits = {}) {
    constexpr std::string_view before = R"({"params":[)";
    constexpr std::string_view after = R"(],"method":"f"})";
    const std::string json = read_as_json(call_of(value), limits);
    return json.starts_with(before) && json.ends_with(after)
               ? json.substr(before.size(), json.size() - before.size() - after.size())
               : json;
}

inline void expect_value(std::string_view value, std::string_view json, std::string_view rule) {
    const std::string read = value_as_json(value);
    BOOST_TEST(read == json, in_quotes(value)
                                 << " was read as " << read << ", not as " << json << ": " << rule);
}

inline void expect_document(std::string_view document, std::string_view json,
                            std::string_view rule) {
    const std::string read = read_as_json(document);
    BOOST_TEST(read == json, in_quotes(document)
                                 << " was read as " << read << ", not as " << json << ": " << rule);
}

/// `text`, so many times.
inline std::string repeat(std::string_view text, std::size_t count) {
    std::string repeated;
    for (std::size_t i = 0; i < count; ++i) {
        repeated += text;
    }
    return repeated;
}

/// An argument of arrays within each other, so many, around an integer.
inline std::string nested_arrays(std::size_t depth) {
    return repeat("<value><array><data>", depth) + "<value><int>1</int></value>" +
           repeat("</data></array></value>", depth);
}

}  // namespace cookbook::testing
