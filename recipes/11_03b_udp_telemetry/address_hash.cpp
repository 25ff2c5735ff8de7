#include "address_hash.hpp"

#include <cstring>
#include <random>

namespace cookbook::udp_telemetry {
namespace {

/// Address and port in words of 32 bits, each times a random number of 64 bits: the upper half of
/// the sum of these is equal for two addresses no more often than by chance.
std::uint64_t sum_of_products(const udp::endpoint& endpoint,
                              const std::array<std::uint64_t, 6>& keys) {
    std::array<std::uint32_t, 4> words{};
    if (endpoint.address().is_v4()) {
        words[0] = endpoint.address().to_v4().to_uint();
    } else {
        std::memcpy(words.data(), endpoint.address().to_v6().to_bytes().data(), sizeof words);
    }
    std::uint64_t sum = keys[4] + keys[5] * endpoint.port();
    for (std::size_t i = 0; i < words.size(); ++i) {
        sum += keys[i] * words[i];
    }
    return sum;
}

/// Spreads hashes over all bits (MurmurHash3's fmix32). Addresses at equal distances have sums at
/// equal distances, which with an unlucky key fall into a few buckets.
std::uint32_t mix(std::uint32_t hash) {
    hash = (hash ^ hash >> 16U) * 0x85ebca6bU;
    hash = (hash ^ hash >> 13U) * 0xc2b2ae35U;
    return hash ^ hash >> 16U;
}

}  // namespace

AddressHash::AddressHash() : keys_() {
    std::random_device random;  // 32 bits at a time, from the kernel
    for (std::uint64_t& key : keys_) {
        key = std::uint64_t{random()} << 32U | random();
    }
}

std::size_t AddressHash::operator()(const udp::endpoint& endpoint) const noexcept {
    return mix(static_cast<std::uint32_t>(sum_of_products(endpoint, keys_) >> 32U));
}

}  // namespace cookbook::udp_telemetry
