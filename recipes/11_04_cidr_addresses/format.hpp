// Bits to text.
#pragma once

#include <cstddef>
#include <cstdint>

#include "uint128.hpp"

namespace cookbook::cidr_addresses {

/// Room for the longest text of an address without its scope, and for what the writers, which
/// store more than they keep, put behind it.
inline constexpr std::size_t address_text_size = 48;

/// Each writes to `out`, which has room for address_text_size characters, and returns the end of
/// what it wrote.
char* write_dotted_quad(char* out, std::uint32_t bits) noexcept;
/// RFC 5952; "::ffff:192.0.2.1" where the address is IPv4-mapped and `mapped_as_quad` says so.
char* write_groups(char* out, uint128 bits, bool mapped_as_quad = true) noexcept;
/// All 32 digits of all eight groups.
char* write_all_groups(char* out, uint128 bits) noexcept;

/// A run of groups that are zero; size 0: none.
struct ZeroRun {
    int first = 0;
    int size = 0;
};

/// The groups that "::" stands for, where bit i of `zeros` says that group i, from the left, is 0.
constexpr ZeroRun longest_zero_run(unsigned zeros) noexcept {
    // [step 5] Find the first of the longest runs of two or more ones. (stub: return {};)
    ZeroRun longest;
    ZeroRun current;
    for (int group = 0; group < 8; ++group) {
        current =
            zeros >> group & 1U ? ZeroRun{current.first, current.size + 1} : ZeroRun{group + 1, 0};
        if (current.size > longest.size) {  // not >=: of equal runs the first is shortened
            longest = current;
        }
    }
    return longest.size > 1 ? longest : ZeroRun{};  // one group alone is written as 0
    // [end]
}

}  // namespace cookbook::cidr_addresses
