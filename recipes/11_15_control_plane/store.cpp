#include "store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_05b_rest_api/clock.hpp"
#include "free_ranges.hpp"
#include "lease_rows.hpp"

namespace cookbook::control_plane {
namespace {

constexpr std::array one_number = {rest_api::Type::integer};

/// The leases that were made with the request's key, by address; none if it has no key, or a new
/// one. Throws Refused if they are not what the request asks for.
std::vector<Lease> replay(Connection& connection, const AllocationRequest& request) {
    if (request.key.empty()) {
        return {};
    }
    auto leases =
        select_leases(connection, " WHERE key = :1 AND key <> '' ORDER BY address", {request.key});
    const auto is_asked_for = [&](const Lease& lease) {
        return lease.pool == request.pool && lease.owner == request.owner &&
               lease.address == request.address.value_or(lease.address).without_scope();
    };
    if (!leases.empty() &&
        (std::ssize(leases) != request.count || !std::ranges::all_of(leases, is_asked_for))) {
        throw Refused(http::status::unprocessable_entity, "key-reused",
                      "The leases that this key was used for are not those that are asked for, or "
                      "some of them are held no longer.");
    }
    return leases;
}

/// Counts the leases of the pool up; returns its ttl.
std::int64_t count_leases(Connection& connection, const AllocationRequest& request) {
    const auto rows =
        connection.select("UPDATE pools SET held = held + :1 WHERE name = :2 RETURNING ttl",
                          {request.count, request.pool}, one_number);
    if (rows.empty()) {
        throw not_found("no-such-pool", fmt::format("There is no pool {}.", request.pool));
    }
    return std::get<std::int64_t>(rows[0][0]);
}

/// Why an address is not free.
Refused refusal_of(Connection& connection, const std::string& name, const Address& address) {
    const std::string text = to_string(address);
    const Pool pool = find_pool(connection, name).value().pool;
    if (!pool.cidr.contains(address)) {
        return conflict("not-in-pool", fmt::format("{} is not in {}, which is {}.", text, name,
                                                   to_string(pool.cidr)));
    }
    if (const auto lease = find_lease(connection, address)) {
        return conflict("held", fmt::format("{} is held by {}.", text, lease->owner));
    }
    const auto resting = connection.select("SELECT until FROM resting WHERE address = :1",
                                           {to_key(address)}, one_number);
    if (!resting.empty()) {
        const std::chrono::seconds until(std::get<std::int64_t>(resting[0][0]));
        return conflict(
            "held", fmt::format("{} was released, and rests until {}.", text,
                                rest_api::rfc3339(std::chrono::system_clock::time_point(until))));
    }
    return conflict("reserved", fmt::format("{} is not given out by {}: it is reserved, or the "
                                            "network's own.",
                                            text, name));
}

Address take_asked_for(Connection& connection, const std::string& pool, const Address& address) {
    FreeRanges free(connection, pool);
    const auto range = free.containing(address);
    if (!range) {
        throw refusal_of(connection, pool, address);
    }
    free.take(*range, {address, address});
    return address;
}

std::vector<Address> take_smallest(Connection& connection, const std::string& pool,
                                   std::int64_t count) {
    FreeRanges free(connection, pool);
    std::vector<Address> taken;
    for (std::int64_t wanted = count; wanted > 0; wanted = count - std::ssize(taken)) {
        const auto range = free.smallest();
        if (!range) {
            throw conflict("exhausted",
                           count == 1 ? fmt::format("No address of {} is free.", pool)
                                      : fmt::format("{} has no {} free addresses.", pool, count));
        }
        const Version version = range->first.version();
        const uint128 first = range->first.bits();
        const uint128 more = std::min(range->last.bits() - first, uint128(wanted - 1));
        free.take(*range, {range->first, Address(version, first + more)});
        for (uint128 i = 0; i <= more; ++i) {
            taken.emplace_back(version, first + i);
        }
    }
    return taken;
}

std::vector<Address> take(Connection& connection, const AllocationRequest& request) {
    if (request.address) {
        return {take_asked_for(connection, request.pool, request.address->without_scope())};
    }
    return take_smallest(connection, request.pool, request.count);
}

/// The lease of an address, within a change. Throws Refused unless this owner has it.
Lease lease_of_owner(Connection& connection, const Address& address, const std::string& owner) {
    // [step 4] Find the lease; refuse if there is none, and if it is somebody else's.
    const auto lease = find_lease(connection, address);
    if (!lease) {
        throw not_found("not-held", fmt::format("Nobody holds {}.", to_string(address)));
    }
    if (lease->owner != owner) {
        throw conflict("other-owner",
                       fmt::format("{} is held by {}.", to_string(address), lease->owner));
    }
    return *lease;
    // [end]
}

}  // namespace

Allocation allocate(Connection& connection, const AllocationRequest& request, std::int64_t now) {
    // [step 1] Within one change: replay the key, or take addresses, make their leases and commit.
    Change change(connection, now);
    if (auto leases = replay(connection, request); !leases.empty()) {
        return {.leases = std::move(leases), .is_replayed = true};
    }
    const std::int64_t ttl = count_leases(connection, request);
    Allocation made;
    for (const Address& address : take(connection, request)) {
        made.leases.push_back({.address = address,
                               .pool = request.pool,
                               .owner = request.owner,
                               .note = request.note,
                               .since = now,
                               .expires = end_of(now, request.ttl.value_or(ttl))});
        begin_lease(change, made.leases.back(), request.key);
    }
    change.commit();
    return made;
    // [end]
}

void release(Connection& connection, const Address& address, const std::string& owner,
             std::int64_t now) {
    Change change(connection, now);
    end_lease(change, lease_of_owner(connection, address, owner), "lease.released");
    change.commit();
}

Released release_some(Connection& connection, const std::string& owner, std::int64_t now) {
    constexpr std::int64_t batch = 500;
    Change change(connection, now);
    const auto leases =
        select_leases(connection, " WHERE owner = :1 ORDER BY address LIMIT :2", {owner, batch});
    for (const Lease& lease : leases) {
        end_lease(change, lease, "lease.released");
    }
    change.commit();
    return {.count = std::ssize(leases), .more = std::ssize(leases) == batch};
}

Lease renew(Connection& connection, const Address& address, const std::string& owner,
            std::optional<std::int64_t> ttl, std::int64_t now) {
    Change change(connection, now);
    Lease lease = lease_of_owner(connection, address, owner);
    const auto pool =
        connection.select("SELECT ttl FROM pools WHERE name = :1", {lease.pool}, one_number);
    lease.expires = end_of(now, ttl.value_or(std::get<std::int64_t>(pool.at(0).at(0))));
    connection.execute("UPDATE leases SET expires = :1 WHERE address = :2",
                       {lease.expires, to_key(lease.address)});
    change.record("lease.renewed", lease.pool, to_string(lease.address), lease.owner);
    change.commit();
    return lease;
}

}  // namespace cookbook::control_plane
