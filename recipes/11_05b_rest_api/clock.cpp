#include "clock.hpp"

#include <fmt/chrono.h>

namespace cookbook::rest_api {

std::string rfc3339(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), rest.count());
}

std::string now() {
    return rfc3339(std::chrono::system_clock::now());
}

}  // namespace cookbook::rest_api
