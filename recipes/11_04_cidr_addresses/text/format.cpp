#include "format.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace cookbook::cidr_addresses {
namespace {

struct Octet {
    char text[4];  // with the dot that follows
    std::uint8_t size;
};

/// 0 to 255 in decimal. Always four bytes are copied, which is faster than as many as needed.
constexpr auto octets = [] {
    std::array<Octet, 256> table{};
    for (unsigned value = 0; value < 256; ++value) {
        Octet& octet = table[value];
        for (const unsigned unit : {100U, 10U, 1U}) {
            if (value >= unit || unit == 1) {
                octet.text[octet.size++] = static_cast<char>('0' + value / unit % 10);
            }
        }
        octet.text[octet.size++] = '.';
    }
    return table;
}();

/// A run of groups that are zero; none if `size` is 0.
struct ZeroRun {
    int first = 0;
    int size = 0;
};

/// The groups that "::" replaces. Bit i of `zeros` says whether group i, from the left, is zero.
constexpr ZeroRun longest_zero_run(unsigned zeros) noexcept {
    // [step 5] Find the longest run of two or more zero groups. (stub: return {};)
    ZeroRun longest;
    ZeroRun current;
    for (int group = 0; group < 8; ++group) {
        const bool zero = (zeros >> group & 1U) != 0;
        current = zero ? ZeroRun{current.first, current.size + 1} : ZeroRun{group + 1, 0};
        if (current.size > longest.size) {  // not >=: the first of equal runs is shortened
            longest = current;
        }
    }
    return longest.size > 1 ? longest : ZeroRun{};  // a single group is written as 0
    // [end]
}

/// longest_zero_run() of all 256 arguments, computed by the compiler.
constexpr auto zero_runs = [] {
    std::array<ZeroRun, 256> runs{};
    for (unsigned zeros = 0; zeros < 256; ++zeros) {
        runs[zeros] = longest_zero_run(zeros);
    }
    return runs;
}();

constexpr char digits[] = "0123456789abcdef";

constexpr unsigned group_of(uint128 bits, int index) noexcept {
    return static_cast<unsigned>(bits >> (112 - 16 * index)) & 0xFFFFU;
}

/// Without leading zeros and without branches: every digit is stored, but `out` moves on only if a
/// digit that is not 0 has been seen.
char* write_group(char* out, unsigned group) noexcept {
    *out = digits[group >> 12];
    out += group > 0xFFF;
    *out = digits[group >> 8 & 0xF];
    out += group > 0xFF;
    *out = digits[group >> 4 & 0xF];
    out += group > 0xF;
    *out++ = digits[group & 0xF];
    return out;
}

}  // namespace

char* write_dotted_quad(char* out, std::uint32_t bits) noexcept {
    for (int shift = 24; shift >= 0; shift -= 8) {
        const Octet& octet = octets[bits >> shift & 0xFF];
        std::memcpy(out, octet.text, sizeof octet.text);
        out += octet.size;
    }
    return out - 1;  // without the last dot
}

char* write_groups(char* out, uint128 bits, bool mapped_as_quad) noexcept {
    if (mapped_as_quad && bits >> 32 == 0xFFFF) {
        out = std::ranges::copy(std::string_view("::ffff:"), out).out;
        return write_dotted_quad(out, static_cast<std::uint32_t>(bits));
    }
    unsigned zeros = 0;
    for (int group = 0; group < 8; ++group) {
        zeros |= unsigned{group_of(bits, group) == 0} << group;
    }
    const ZeroRun gap = zero_runs[zeros];
    for (int group = 0; group < 8; ++group) {
        if (group == gap.first && gap.size > 0) {
            *out++ = ':';
            group += gap.size - 1;
            if (group == 7) {
                *out++ = ':';
            }
            continue;
        }
        if (group > 0) {
            *out++ = ':';
        }
        out = write_group(out, group_of(bits, group));
    }
    return out;
}

char* write_all_groups(char* out, uint128 bits) noexcept {
    for (int shift = 124; shift >= 0; shift -= 4) {
        *out++ = digits[static_cast<unsigned>(bits >> shift) & 0xF];
        if (shift % 16 == 0 && shift > 0) {
            *out++ = ':';
        }
    }
    return out;
}

}  // namespace cookbook::cidr_addresses
