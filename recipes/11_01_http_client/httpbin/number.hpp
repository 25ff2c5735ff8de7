// Numbers that a client gives a resource.
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <string_view>
#include <system_error>

#include "11_05_rest_interface/parameters.hpp"
#include "common/http/message.hpp"

namespace cookbook::http_client::httpbin {

/// `text` as a number from `min` to `max`. 400 if it is not one: "NAME must be a number from 0 to
/// 10".
template <typename Number>
[[nodiscard]] http::Result<Number> parse_number(std::string_view name, std::string_view text,
                                                Number min = 0,
                                                Number max = std::numeric_limits<Number>::max()) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool fits = number >= min && number <= max;  // NaN does not
    if (error != std::errc() || end != text.data() + text.size() || !fits) {
        return http::bad_request(fmt::format("{} must be a number from {} to {}", name, min, max));
    }
    return number;
}

/// The parameter of that name as such a number, or `otherwise`. Throws http::Error.
template <typename Number>
[[nodiscard]] Number number_of(const rest_interface::Parameters& parameters, std::string_view name,
                               Number otherwise, Number min = 0,
                               Number max = std::numeric_limits<Number>::max()) {
    return parameters.contains(name)
               ? parse_number<Number>(name, parameters.get(name), min, max).value()
               : otherwise;
}

}  // namespace cookbook::http_client::httpbin
