// Why a change is not made: a kind for programs, a sentence for people.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/message.hpp"

namespace cookbook::control_plane {

/// A mistake in a member of a request.
struct Mistake {
    std::string field;
    std::string detail;
};

/// Thrown out of a change, which is undone then. REST tells it as a problem, XML-RPC as a fault
/// whose code is the status.
class Refused : public std::runtime_error {
public:
    Refused(http::status with_status, std::string_view of_kind, const std::string& detail,
            std::vector<Mistake> all_mistakes = {})
        : runtime_error(detail),
          status(with_status),
          kind(of_kind),
          mistakes(std::move(all_mistakes)) {}

    http::status status;
    std::string_view kind;  // "exhausted", "held", …: a literal
    std::vector<Mistake> mistakes;
};

/// 409: the state of the pools does not allow it.
[[nodiscard]] inline Refused conflict(std::string_view kind, const std::string& detail) {
    return {http::status::conflict, kind, detail};
}
/// 404.
[[nodiscard]] inline Refused not_found(std::string_view kind, const std::string& detail) {
    return {http::status::not_found, kind, detail};
}
/// 422, "invalid": a request with these mistakes. Its detail has all of them.
[[nodiscard]] Refused invalid(std::vector<Mistake> mistakes);

}  // namespace cookbook::control_plane
