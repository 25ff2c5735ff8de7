#include "greeting.hpp"

#include <limits>

namespace cookbook::fd_passing {
namespace {

using messaging::Tuple;
using messaging::Value;

std::int64_t parse_number(const Value& object, std::int64_t min) {
    const auto* number = object.get_if<std::int64_t>();
    if (number == nullptr || *number < min || *number > std::numeric_limits<std::int32_t>::max()) {
        throw std::invalid_argument(
            "the worker's greeting is neither a pid nor (pid, connections)");
    }
    return *number;
}

}  // namespace

Greeting parse_greeting(const Value& object) {
    const auto* pair = object.get_if<Tuple>();
    if (pair == nullptr || pair->items.size() != 2) {
        return {.pid = parse_number(object, 1)};
    }
    return {.pid = parse_number(pair->items[0], 1),
            .reports = Reports::each,
            .served = static_cast<std::size_t>(parse_number(pair->items[1], 0))};
}

Value make_greeting(const Greeting& greeting) {
    return Tuple{{greeting.pid, static_cast<std::int64_t>(greeting.served)}};
}

}  // namespace cookbook::fd_passing
