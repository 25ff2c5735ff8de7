// Recipe 11.6b on whatever comes: a multicall has a result or a fault for each call, and never more
// than its limits; texts stay UTF-8; what is read of users and lines is written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "11_06_xml_rpc/application.hpp"
#include "11_06b_xml_rpc_service/access/authorization.hpp"
#include "11_06b_xml_rpc_service/access/users.hpp"
#include "11_06b_xml_rpc_service/client.hpp"
#include "11_06b_xml_rpc_service/methods/methods.hpp"
#include "11_06b_xml_rpc_service/table/introspection.hpp"
#include "11_06b_xml_rpc_service/table/multicall.hpp"
#include "common/net/utf8.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc_service;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

const MethodTable& whole_table() {
    static MethodTable table;
    if (table.entries().empty()) {
        add_introspection(table);
        add_multicall(table, {.max_calls = 20, .max_results = 10'000});
        add_calculator(table);
        add_text(table);
        add_validator(table);
        add_system(table, [] {});
        add_files(table, nullptr);
    }
    return table;
}

/// The response to a document can be read.
void respond_to_document(std::string_view document) {
    static const Roles none;
    const Caller caller(none);
    xml_rpc::Reader reader({.max_depth = 20, .max_values = 200});
    std::string response;
    xml_rpc::respond_to_call(response, reader,
                             xml_rpc::Callee([&](std::string_view name, Array arguments) {
                                 return whole_table().call(caller, name, std::move(arguments));
                             }),
                             document);
    check(!std::holds_alternative<xml_rpc::Call>(xml_rpc::Reader().read(response)));
}

Value call_text(std::string_view method, const std::string& text) {
    static const Roles none;
    Array arguments;
    arguments.emplace_back(text);
    return whole_table().call(Caller(none), method, std::move(arguments));
}

void change_text(std::string_view bytes) {
    const std::string text(bytes);
    if (is_utf8(text)) {
        const Value reversed = call_text("string.reverse", text);
        check(call_text("string.reverse", *reversed.get_if<std::string>()) == Value(text));
        check(is_utf8(*call_text("string.uppercase", text).get_if<std::string>()));
        check(is_utf8(*call_text("string.lowercase", text).get_if<std::string>()));
    }
}

/// Whatever the format, the time is a short text, or a fault.
void format_now(std::string_view bytes) {
    try {
        const Value text = call_text("system.time", std::string(bytes.substr(0, bytes.find('\0'))));
        check(text.get_if<std::string>()->size() <= 1024);
    } catch (const Fault&) {
    }
}

void read_texts(std::string_view text) {
    static_cast<void>(parse_basic(text));
    try {
        static_cast<void>(Users::parse(text));
    } catch (const std::invalid_argument&) {
    }
    try {
        static_cast<void>(parse_call(text));
    } catch (const std::invalid_argument&) {
    }
    if (const auto hash = parse_password_hash(text)) {
        check(parse_password_hash(format_password_hash(*hash)).has_value());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    read_texts(input);
    change_text(input);
    format_now(input);
    respond_to_document(input);
    respond_to_document(
        "<methodCall><methodName>system.multicall</methodName><params><param><value><array><data>" +
        std::string(input) + "</data></array></value></param></params></methodCall>");
    return 0;
}
