#include "client_table.hpp"

#include <algorithm>
#include <bit>
#include <ranges>

namespace cookbook::udp_telemetry {
namespace {

/// Fills up the client's tokens for the time since its last packet, and takes one if there is one.
bool take_token(Client& client, std::uint32_t rate, TimePoint now) {
    // [step 2] Add tokens for the time that has passed, and take one.
    const std::chrono::duration<double> silence = now - client.last_seen;
    client.tokens = std::min<double>(rate, client.tokens + silence.count() * rate);
    if (client.tokens < 1) {
        return false;
    }
    client.tokens -= 1;
    return true;
    // [end]
}

}  // namespace

ClientTable::ClientTable(ClientLimits limits)
    : limits_(limits),
      buckets_(std::bit_ceil(limits.max_clients)),
      by_address_({buckets_.data(), buckets_.size()}) {
    entries_.reserve(limits.max_clients);
}

bool ClientTable::record(const udp::endpoint& address, TimePoint now) {
    expire(now);
    Client& client = find_or_add(address, now);
    const bool may_be_answered = take_token(client, limits_.rate, now);
    // [step 2] Note its packet, and put it at the end of the list.
    ++client.packets;
    client.last_seen = now;
    by_silence_.splice(by_silence_.end(), by_silence_, by_silence_.iterator_to(client));
    // [end]
    return may_be_answered;
}

Client& ClientTable::find_or_add(const udp::endpoint& address, TimePoint now) {
    if (const auto found = by_address_.find(address); found != by_address_.end()) {
        return *found;
    }
    Client& client = take_entry();
    client.address = address;
    client.packets = 0;
    client.first_seen = now;
    client.last_seen = now;
    client.tokens = limits_.rate;
    by_address_.insert(client);
    by_silence_.push_back(client);
    return client;
}

/// An entry that belongs to nobody.
Client& ClientTable::take_entry() {
    if (unused_.empty() && entries_.size() < limits_.max_clients) {
        return entries_.emplace_back();
    }
    // [step 2] If none is left, the client that has been silent for longest gives up its own.
    if (unused_.empty()) {
        remove(by_silence_.front());
        ++evicted_;
    }
    // [end]
    Client& entry = unused_.front();
    unused_.pop_front();
    return entry;
}

void ClientTable::remove(Client& client) {
    by_address_.erase(by_address_.iterator_to(client));
    by_silence_.erase(by_silence_.iterator_to(client));
    unused_.push_back(client);
}

void ClientTable::expire(TimePoint now) {
    // [step 2] Remove from the front of the list whoever has been silent for too long.
    while (!by_silence_.empty() && now - by_silence_.front().last_seen >= limits_.expiry) {
        remove(by_silence_.front());
        ++expired_;
    }
    // [end]
}

std::vector<Client> ClientTable::top(std::size_t count) const {
    std::vector<Client> result(std::min(count, size()));
    std::ranges::partial_sort_copy(by_silence_, result, std::ranges::greater(), &Client::packets,
                                   &Client::packets);
    return result;
}

}  // namespace cookbook::udp_telemetry
