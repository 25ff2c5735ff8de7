// Who has sent lately, in bounded memory, however many senders there are, or seem to be.
#pragma once

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "address_hash.hpp"
#include "common/async/asio.hpp"
#include "known_client.hpp"

namespace cookbook::udp_telemetry {

struct ClientLimits {
    std::size_t max_clients = 10'000;
    /// A client that is silent for this long is forgotten.
    std::chrono::steady_clock::duration expiry = 60s;
    /// Replies per second to one client, and at once.
    std::uint32_t rate = 1000;
};

/// All clients, by address and in the order of their last packets. Allocates all that it will ever
/// need when it is made. The caller says what time it is; time never goes back.
class ClientTable {
public:
    /// limits.max_clients is at least 1.
    explicit ClientTable(ClientLimits limits);
    ClientTable(const ClientTable&) = delete;
    ClientTable& operator=(const ClientTable&) = delete;

    /// Notes a packet of `address`, perhaps the first. If the table is full, a new client takes the
    /// place of the one that has been silent for longest. Returns whether it may be answered.
    bool record(const udp::endpoint& address, TimePoint now);

    /// Forgets who has been silent for limits.expiry.
    void expire(TimePoint now);

    [[nodiscard]] std::size_t size() const noexcept { return by_silence_.size(); }
    [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }
    [[nodiscard]] std::uint64_t expired() const noexcept { return expired_; }

    /// Copies of the `count` clients with most packets, the first one first.
    [[nodiscard]] std::vector<Client> top(std::size_t count) const;

private:
    struct AddressOf {
        using type = udp::endpoint;
        const type& operator()(const Client& client) const noexcept { return client.address; }
    };
    using ByAddress =
        intrusive::unordered_set<Client, intrusive::key_of_value<AddressOf>,
                                 intrusive::hash<AddressHash>, intrusive::power_2_buckets<true>>;

    Client& find_or_add(const udp::endpoint& address, TimePoint now);
    Client& take_entry();
    void remove(Client& client);

    ClientLimits limits_;
    std::vector<Client> entries_;  // never more than its capacity: clients do not move
    std::vector<ByAddress::bucket_type> buckets_;
    ByAddress by_address_;
    intrusive::list<Client> by_silence_;  // whoever has been silent for longest comes first
    intrusive::list<Client> unused_;
    std::uint64_t evicted_ = 0;
    std::uint64_t expired_ = 0;
};

}  // namespace cookbook::udp_telemetry
