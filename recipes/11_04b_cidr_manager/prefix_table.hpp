// The longest prefix that contains an address: what a router does for every packet.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "11_04b_cidr_manager/huge_pages.hpp"
#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::cidr_manager {

/// Networks with a value each. Built once, and never changed: any number of threads look up in it
/// at once, without a lock.
///
/// Prefixes nest, so an address may be in many. The table is flat: it has the addresses at which
/// the answer changes, in order, and the answer from there on. The address space is cut into equal
/// slots, about eight for each answer. Most have one answer, which is there at once; the others say
/// where to search. So a look-up waits for memory once or twice, not once for each bit.
class PrefixTable {
public:
    struct Entry {
        Network prefix;
        std::string value;
    };

    /// Of equal prefixes the last counts.
    explicit PrefixTable(std::vector<Entry> entries);

    /// The entry with the longest prefix that contains the address, or null. Scopes do not count.
    [[nodiscard]] const Entry* find(const Address& address) const;

private:
    /// A prefix of the part that is built: its range, and the entry.
    template <typename Bits>
    struct Span {
        Bits first;
        Bits last;
        std::uint32_t entry;
    };

    /// The prefixes of some lengths. `Bits` holds as much of an address as the longest of them.
    template <typename Bits>
    class Flat {
    public:
        void build(std::vector<Span<Bits>> spans);
        [[nodiscard]] std::uint32_t find(Bits address) const;

    private:
        struct Step {
            Bits first;
            std::uint32_t answer;  // the entry from there on
        };

        void begin_at(Bits first, std::uint32_t answer);
        void make_index();
        [[nodiscard]] std::uint32_t find_from(const Step* step, Bits address) const;
        [[nodiscard]] std::uint32_t search_from(const Step* step, Bits address) const;
        [[nodiscard]] std::size_t slot_of(Bits address) const {
            return static_cast<std::size_t>((address - base_) >> shift_);
        }

        HugeVector<Step> steps_;
        HugeVector<std::uint32_t> slots_;  // see slot_of() and find()
        Bits base_ = 0;                    // slots begin here, and have 2^shift_ addresses each
        int shift_ = 0;
    };

    template <typename Bits>
    std::vector<Span<Bits>> spans_of(Version version, int min_length, int max_length) const;

    std::vector<Entry> entries_;
    Flat<std::uint32_t> v4_;
    Flat<std::uint64_t> v6_;  // of up to 64 bits, as nearly all are
    Flat<uint128> long_v6_;
};

}  // namespace cookbook::cidr_manager
