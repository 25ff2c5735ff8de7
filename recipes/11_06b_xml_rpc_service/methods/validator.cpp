// UserLand's validation suite (validator.xmlrpc.com), of 1999.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "methods.hpp"
#include "number.hpp"

namespace cookbook::xml_rpc_service {
namespace {

using xml_rpc::Bytes;
using xml_rpc::DateTime;

constexpr std::array<std::string_view, 3> stooges = {"moe", "larry", "curly"};

/// The member of that name and type. Throws Fault if there is none.
template <typename T>
const T& content_of(const Struct& members, std::string_view name) {
    const Value* value = find(members, name);
    const T* content = value != nullptr ? value->get_if<T>() : nullptr;
    if (content == nullptr) {
        throw Fault(xml_rpc::wrong_arguments, "no member " + std::string(name) + " of its type");
    }
    return *content;
}

void add_to(Integer& sum, std::int64_t number) {
    if (__builtin_add_overflow(sum.number, number, &sum.number)) {
        throw Fault(xml_rpc::function_failed, "the sum has more than 64 bits");
    }
}

Integer array_of_structs_test(const std::vector<Struct>& structs) {
    Integer sum{0};
    for (const Struct& members : structs) {
        add_to(sum, content_of<std::int64_t>(members, "curly"));
    }
    return sum;
}

Struct count_the_entities(const std::string& text) {
    const auto count = [&](char c) { return static_cast<int>(std::ranges::count(text, c)); };
    return {{"ctLeftAngleBrackets", count('<')},
            {"ctRightAngleBrackets", count('>')},
            {"ctAmpersands", count('&')},
            {"ctApostrophes", count('\'')},
            {"ctQuotes", count('"')}};
}

Integer easy_struct_test(const Struct& members) {
    Integer sum{0};
    for (const std::string_view name : stooges) {
        add_to(sum, content_of<std::int64_t>(members, name));
    }
    return sum;
}

Struct echo_struct_test(Struct members) {
    return members;
}

std::vector<Value> many_types_test(Integer number, bool truth, std::string text, double real,
                                   DateTime time, Bytes bytes) {
    std::vector<Value> values;
    values.emplace_back(number.number);
    values.emplace_back(truth);
    values.emplace_back(std::move(text));
    values.emplace_back(real);
    values.emplace_back(std::move(time));
    values.emplace_back(std::move(bytes));
    return values;
}

std::string moderate_size_array_check(const std::vector<std::string>& texts) {
    return texts.empty() ? "" : texts.front() + texts.back();
}

Integer nested_struct_test(const Struct& years) {
    const auto& months = content_of<Struct>(years, "2000");
    const auto& days = content_of<Struct>(months, "04");
    return easy_struct_test(content_of<Struct>(days, "01"));
}

Struct simple_struct_return_test(Integer number) {
    const auto times = [&](std::int64_t factor) {
        std::int64_t product = 0;
        if (__builtin_mul_overflow(number.number, factor, &product)) {
            throw Fault(xml_rpc::function_failed, "the product has more than 64 bits");
        }
        return product;
    };
    return {{"times10", times(10)}, {"times100", times(100)}, {"times1000", times(1000)}};
}

}  // namespace

void add_validator(MethodTable& table) {
    table.add("validator1.arrayOfStructsTest",
              "The sum of all members curly of an array's structs.", array_of_structs_test);
    table.add("validator1.countTheEntities", "How often a text has each of <, >, &, ' and \".",
              count_the_entities);
    table.add("validator1.easyStructTest", "The sum of a struct's members moe, larry and curly.",
              easy_struct_test);
    table.add("validator1.echoStructTest", "The struct itself.", echo_struct_test);
    table.add("validator1.manyTypesTest", "An array of the six arguments.", many_types_test);
    table.add("validator1.moderateSizeArrayCheck",
              "The first and the last text of an array, joined.", moderate_size_array_check);
    table.add("validator1.nestedStructTest",
              "The sum of moe, larry and curly of the first of April 2000.", nested_struct_test);
    table.add("validator1.simpleStructReturnTest",
              "A struct of times10, times100 and times1000 of a number.",
              simple_struct_return_test);
}

}  // namespace cookbook::xml_rpc_service
