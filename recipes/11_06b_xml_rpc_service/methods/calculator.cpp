#include <variant>

#include "methods.hpp"
#include "number.hpp"

namespace cookbook::xml_rpc_service {
namespace {

double to_double(const Number& number) {
    return std::visit([](auto content) { return static_cast<double>(content); }, number);
}

/// `exact(a, b, &result)` computes with integers, and returns whether the result has overflowed.
template <typename Exact, typename Rounded>
Number calculate(const Number& a, const Number& b, Exact exact, Rounded rounded) {
    const auto* left = std::get_if<std::int64_t>(&a);
    const auto* right = std::get_if<std::int64_t>(&b);
    if (left == nullptr || right == nullptr) {
        return rounded(to_double(a), to_double(b));
    }
    std::int64_t result = 0;
    if (exact(*left, *right, &result)) {
        throw Fault(xml_rpc::function_failed, "the result has more than 64 bits");
    }
    return result;
}

Number add_numbers(const Number& a, const Number& b) {
    return calculate(
        a, b, [](auto x, auto y, auto* sum) { return __builtin_add_overflow(x, y, sum); },
        [](double x, double y) { return x + y; });
}

Number subtract_numbers(const Number& a, const Number& b) {
    return calculate(
        a, b,
        [](auto x, auto y, auto* difference) { return __builtin_sub_overflow(x, y, difference); },
        [](double x, double y) { return x - y; });
}

Number multiply_numbers(const Number& a, const Number& b) {
    return calculate(
        a, b, [](auto x, auto y, auto* product) { return __builtin_mul_overflow(x, y, product); },
        [](double x, double y) { return x * y; });
}

double divide_numbers(double a, double b) {
    if (b == 0) {
        throw Fault(xml_rpc::function_failed, "division by zero");
    }
    return a / b;
}

}  // namespace

void add_calculator(MethodTable& table) {
    table.add("calculator.add", "The sum of two numbers.", add_numbers);
    table.add("calculator.subtract", "The first number less the second.", subtract_numbers);
    table.add("calculator.multiply", "The product of two numbers.", multiply_numbers);
    table.add("calculator.divide", "The first number divided by the second, a double.",
              divide_numbers);
}

}  // namespace cookbook::xml_rpc_service
