// The members of a JSON object, checked: every mistake is kept, for a client mends all at once.
#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "11_04_cidr_addresses/address.hpp"
#include "refusal.hpp"

namespace cookbook::control_plane {

/// Why a text may not have this length or these characters; empty if it may. It has `min` to `max`
/// characters of UTF-8, and no control character.
[[nodiscard]] std::string why_no_text(std::string_view text, std::size_t min, std::size_t max);

/// Reads the members of an object. One that is null is not there; of one that is wrong, a mistake
/// is kept, and its function returns what it returns of one that is not there.
///
///     Members members(object, {"owner", "ttl"});
///     const std::string owner = members.required_text("owner", 255);
///     const auto ttl = members.integer("ttl", 0, max_seconds);
///     members.check();
class Members {
public:
    /// Members that are not `known` are mistakes. `object` must outlive it.
    Members(const boost::json::object& object, std::initializer_list<std::string_view> known);

    /// The member; null if it is not there.
    [[nodiscard]] const boost::json::value* find(std::string_view name) const;

    /// Up to `max` characters; at least one where it is required.
    std::string text(std::string_view name, std::size_t max);
    std::string required_text(std::string_view name, std::size_t max);
    std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
    std::optional<cidr_addresses::Address> address(std::string_view name);

    void add_mistake(std::string_view name, std::string detail);

    /// Throws invalid() if there are mistakes.
    void check() const;

private:
    std::string checked_text(std::string_view name, std::size_t min, std::size_t max);

    const boost::json::object& object_;
    std::vector<Mistake> mistakes_;
};

}  // namespace cookbook::control_plane
