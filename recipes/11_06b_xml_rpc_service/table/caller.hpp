// Who calls, as far as a method may depend on it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace cookbook::xml_rpc_service {

/// The names of what somebody may do: "files", "admin".
using Roles = std::set<std::string, std::less<>>;

/// The role that has all others.
inline constexpr std::string_view admin = "admin";

/// Whoever has sent the request at hand.
class Caller {
public:
    /// `take_turn` says whether one more call may be made now, and counts it. `roles` must outlive
    /// the caller.
    explicit Caller(
        const Roles& roles, std::function<bool()> take_turn = [] { return true; })
        : roles_(roles), take_turn_(std::move(take_turn)) {}

    /// Whether methods of this role may be called; those without a role, "", always.
    [[nodiscard]] bool has(std::string_view role) const {
        return role.empty() || roles_.contains(role) || roles_.contains(admin);
    }
    [[nodiscard]] bool take_turn() const { return take_turn_(); }

private:
    const Roles& roles_;
    std::function<bool()> take_turn_;
};

}  // namespace cookbook::xml_rpc_service
