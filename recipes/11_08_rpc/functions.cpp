#include "functions.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "call/exceptions.hpp"

namespace cookbook::rpc {
namespace {

/// A parameter that takes an int or a float.
using Number = std::variant<std::int64_t, double>;

double to_real(const Number& number) {
    return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

/// `whole` computes with integers and says whether the result is beyond 64 bits.
Number compute(const Number& x, const Number& y,
               bool (*whole)(std::int64_t, std::int64_t, std::int64_t*),
               double (*real)(double, double)) {
    const auto* whole_x = std::get_if<std::int64_t>(&x);
    const auto* whole_y = std::get_if<std::int64_t>(&y);
    if (!whole_x || !whole_y) {
        return real(to_real(x), to_real(y));
    }
    std::int64_t result = 0;
    if (whole(*whole_x, *whole_y, &result)) {
        throw OverflowError("the result has more than 64 bits");
    }
    return result;
}

Number add(Number x, Number y) {
    return compute(
        x, y, [](auto a, auto b, auto* result) { return __builtin_add_overflow(a, b, result); },
        [](double a, double b) { return a + b; });
}

Number sub(Number x, Number y) {
    return compute(
        x, y, [](auto a, auto b, auto* result) { return __builtin_sub_overflow(a, b, result); },
        [](double a, double b) { return a - b; });
}

double divide(double x, double y) {
    if (y == 0) {
        throw ZeroDivisionError("division by zero");
    }
    return x / y;
}

Number sum(const std::vector<Number>& numbers) {
    Number total = std::int64_t{0};
    for (const Number& number : numbers) {
        total = add(total, number);
    }
    return total;
}

Value echo(Value value) {
    return value;
}

asio::awaitable<Number> sleep(Number seconds) {
    constexpr double max_seconds = 1e9;
    const double real = to_real(seconds);
    if (std::isnan(real) || real < 0) {
        throw ValueError("sleep length must be non-negative");
    }
    if (real > max_seconds) {
        throw OverflowError("sleep length is too large");
    }
    const auto length = std::chrono::duration<double>(real);
    asio::steady_timer timer(co_await this_coro::executor);
    timer.expires_after(std::chrono::ceil<asio::steady_timer::duration>(length));
    co_await timer.async_wait(use_awaitable);
    co_return seconds;
}

void fail(const std::string& type, std::vector<Value> args) {
    raise(is_builtin(type) ? type : "ValueError", Tuple{std::move(args)});
}

void ignore(const std::vector<Value>& /*values*/) {}

std::vector<Value> get_data() {
    return {"hello", 5};
}

RpcHandler make_functions() {
    RpcHandler handler;
    handler.register_function("add", add, {"x", "y"});
    handler.register_function("sub", sub, {"x", "y"});
    handler.register_function("divide", divide, {"x", "y"});
    handler.register_function("echo", echo, {"value"});
    handler.register_function("sleep", sleep, {"seconds"});
    handler.register_function("fail", fail, {"type", "*args"});

    handler.register_function("subtract", sub, {"minuend", "subtrahend"});
    handler.register_function("sum", sum, {"*n"});
    handler.register_function("update", ignore, {"*values"});
    handler.register_function("notify_hello", [](const Value&) {}, {"x"});
    handler.register_function("notify_sum", ignore, {"*values"});
    handler.register_function("get_data", get_data, {});
    return handler;
}

}  // namespace

std::shared_ptr<const RpcHandler> example_functions() {
    return std::make_shared<RpcHandler>(make_functions());
}

}  // namespace cookbook::rpc
