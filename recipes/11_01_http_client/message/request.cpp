#include "request.hpp"

#include <algorithm>
#include <array>

namespace cookbook::http_client {

bool is_idempotent(std::string_view method) noexcept {
    using namespace std::string_view_literals;
    constexpr std::array methods = {"GET"sv, "HEAD"sv, "PUT"sv, "DELETE"sv, "OPTIONS"sv, "TRACE"sv};
    return std::ranges::find(methods, method) != methods.end();
}

}  // namespace cookbook::http_client
