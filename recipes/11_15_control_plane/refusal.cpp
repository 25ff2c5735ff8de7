#include "refusal.hpp"

namespace cookbook::control_plane {

Refused invalid(std::vector<Mistake> mistakes) {
    std::string detail;
    for (const auto& [field, why] : mistakes) {
        detail.append(detail.empty() ? "" : "; ").append(field).append(": ").append(why);
    }
    return {http::status::unprocessable_entity, "invalid", detail, std::move(mistakes)};
}

}  // namespace cookbook::control_plane
