// The changes that the service makes, each a transaction of its own, and its questions. All block.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "change.hpp"
#include "pool.hpp"
#include "refusal.hpp"

namespace cookbook::control_plane {

/// A pool, and how much of it is given out.
struct PoolState {
    Pool pool;
    std::string size;       // of the usable addresses, in decimal: 2^128 - 1 does not fit
    std::int64_t held = 0;  // leases
    std::string free;       // addresses that could be given out now
};

struct Lease {
    Address address;
    std::string pool;
    std::string owner;
    std::string note = {};
    std::int64_t since = 0;    // seconds since 1970
    std::int64_t expires = 0;  // 0: it is kept until it is released
};

/// What somebody asks a pool for.
struct AllocationRequest {
    std::string pool;
    std::string owner;
    std::optional<std::int64_t> ttl = {};  // the pool's if it is not given; 0: until it is released
    std::optional<Address> address = {};   // this one; otherwise the smallest that are free
    std::int64_t count = 1;                // 1 to 256, all or none; of an address 1
    std::string note = {};
    std::string key = {};  // Idempotency-Key; empty if there is none
};
struct Allocation {
    std::vector<Lease> leases;  // by address
    bool is_replayed = false;   // an earlier request with this key has made them
};

// `now` is in seconds since 1970, cut off: so a lease ends, and an address has rested, in the
// second after. All throw DatabaseError; those that change throw Refused, and then nothing has
// changed. The kinds: exists, overlaps, in-use, no-such-pool (404), exhausted, held, reserved,
// not-in-pool, not-held (404), other-owner, key-reused (422).
//
// A lease is held until its owner releases it, or a sweep ends it once its time is over. Until then
// it is renewed and looked up as any other: there is never a lease that some see and others do not.

/// The pool's usable addresses are free from now on.
PoolState create_pool(Connection& connection, const Pool& pool, std::int64_t now);
/// Only a pool of which nothing is held.
void delete_pool(Connection& connection, const std::string& name, std::int64_t now);
/// By name.
[[nodiscard]] std::vector<PoolState> list_pools(Connection& connection);
[[nodiscard]] std::optional<PoolState> find_pool(Connection& connection, const std::string& name);

/// One look into the index of free ranges for each range that it takes from, however many leases
/// there are. An address that was released rests for the pool's cooldown, and is given to nobody
/// meanwhile. A request whose key leases that are held were made with has those, if it asks for the
/// same pool, owner, address and count; otherwise it is refused.
Allocation allocate(Connection& connection, const AllocationRequest& request, std::int64_t now);
/// Only its owner's.
void release(Connection& connection, const Address& address, const std::string& owner,
             std::int64_t now);
/// What release_some() has done, and whether there may be more to do.
struct Released {
    std::int64_t count = 0;
    bool more = false;
};
/// Ends leases of this owner: a batch, so that others wait for a moment only.
Released release_some(Connection& connection, const std::string& owner, std::int64_t now);
/// The lease ends `ttl` seconds from now; the pool's if it is not given. Only its owner's.
Lease renew(Connection& connection, const Address& address, const std::string& owner,
            std::optional<std::int64_t> ttl, std::int64_t now);

[[nodiscard]] std::optional<Lease> find_lease(Connection& connection, const Address& address);

/// Which leases, by address.
struct LeaseQuery {
    std::string pool = {};   // empty: of all
    std::string owner = {};  // empty: of all
    std::int64_t limit = 100;
    std::optional<Address> after = {};
};
[[nodiscard]] std::vector<Lease> list_leases(Connection& connection, const LeaseQuery& query);

/// What sweep() has done, and whether there may be more to do.
struct Swept {
    std::int64_t expired = 0;
    std::int64_t rested = 0;
    bool more = false;
};
/// Ends leases whose time is over, frees addresses that have rested, and forgets events beyond the
/// newest `keep_events`: a batch of each, so that others wait for a moment only. Two sweepers do no
/// harm.
Swept sweep(Connection& connection, std::int64_t keep_events, std::int64_t now);

}  // namespace cookbook::control_plane
