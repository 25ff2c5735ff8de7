// The index of what is free in a pool: ranges, so that it is as small for a /64 as for a /28.
#pragma once

#include <optional>
#include <string>

#include "11_05b_rest_api/connection.hpp"
#include "pool.hpp"

namespace cookbook::control_plane {

using rest_api::Connection;

/// Addresses of one version that follow each other, both ends included.
struct Addresses {
    Address first;
    Address last;
};

/// The free addresses of one pool, in the fewest ranges. Each function is one look into the index,
/// and one or two changes. All throw DatabaseError. Only within a change.
class FreeRanges {
public:
    FreeRanges(Connection& connection, std::string pool)
        : connection_(connection), pool_(std::move(pool)) {}

    /// The range with the smallest address; nothing if none is free.
    [[nodiscard]] std::optional<Addresses> smallest();
    /// The range with this address; nothing if it is not free.
    [[nodiscard]] std::optional<Addresses> containing(const Address& address);

    /// Makes `part`, which lies in the range `from`, no longer free.
    void take(const Addresses& from, const Addresses& part);
    /// Makes an address free that is not.
    void give_back(const Address& address);
    /// Makes a range free that touches none.
    void add(const Addresses& range);

private:
    void remove(const Addresses& range);
    std::vector<Addresses> select(const std::string& sql, const rest_api::Values& parameters);

    Connection& connection_;
    std::string pool_;
};

}  // namespace cookbook::control_plane
