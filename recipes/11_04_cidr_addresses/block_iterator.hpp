// The iterator behind a network's addresses and its subnets.
#pragma once

#include <compare>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <type_traits>

#include "address.hpp"

namespace cookbook::cidr_addresses {

/// A random-access iterator over blocks of addresses of equal size, each computed when it is
/// dereferenced. `Block` is Address (blocks of one) or constructible from version, first bits and
/// prefix length, as Network is.
///
/// ::/0 has 2^128 addresses, so the end of its range needs a 129th bit. The difference of two
/// iterators has 127 bits and a sign: end() - begin() throws std::length_error for the IPv6
/// networks of prefix length 0 and 1, which have more addresses than that. Those can still be
/// iterated and indexed from both ends.
template <typename Block>
class BlockIterator {
public:
    // Dereferencing returns a value. C++20 allows that for random access, C++17 for input only.
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = Block;
    using difference_type = int128;

    constexpr BlockIterator() noexcept = default;
    /// `index` counts blocks from `base`; `past` is its 129th bit.
    constexpr BlockIterator(Version version, uint128 base, int prefix_length, uint128 index,
                            bool past = false) noexcept
        : index_(index),
          base_(base),
          past_(past),
          version_(version),
          prefix_length_(prefix_length) {}

    constexpr Block operator*() const {
        if constexpr (std::is_same_v<Block, Address>) {
            return {version_, base_ + index_};
        } else {
            const int shift = width(version_) - prefix_length_;
            return {version_, base_ + (shift < 128 ? index_ << shift : 0), prefix_length_};
        }
    }
    constexpr Block operator[](difference_type n) const { return *(*this + n); }

    constexpr BlockIterator& operator++() noexcept {
        past_ ^= ++index_ == 0;
        return *this;
    }
    constexpr BlockIterator& operator--() noexcept {
        past_ ^= index_-- == 0;
        return *this;
    }
    constexpr BlockIterator operator++(int) noexcept {
        BlockIterator before = *this;
        ++*this;
        return before;
    }
    constexpr BlockIterator operator--(int) noexcept {
        BlockIterator before = *this;
        --*this;
        return before;
    }
    constexpr BlockIterator& operator+=(difference_type n) noexcept {
        const uint128 moved = index_ + static_cast<uint128>(n);  // modulo 2^128, either way
        past_ ^= n >= 0 ? moved < index_ : moved > index_;
        index_ = moved;
        return *this;
    }
    constexpr BlockIterator& operator-=(difference_type n) noexcept {
        const uint128 moved = index_ - static_cast<uint128>(n);
        past_ ^= n >= 0 ? moved > index_ : moved < index_;
        index_ = moved;
        return *this;
    }

    friend constexpr BlockIterator operator+(BlockIterator i, difference_type n) { return i += n; }
    friend constexpr BlockIterator operator+(difference_type n, BlockIterator i) { return i += n; }
    friend constexpr BlockIterator operator-(BlockIterator i, difference_type n) { return i -= n; }
    friend constexpr difference_type operator-(const BlockIterator& a, const BlockIterator& b) {
        const bool forward = a >= b;
        const uint128 distance = forward ? a.index_ - b.index_ : b.index_ - a.index_;
        const bool carried =
            a.past_ != b.past_ && (forward ? a.index_ >= b.index_ : b.index_ >= a.index_);
        if (carried || distance >> 127 != 0) {
            throw std::length_error("the distance has more than 127 bits");
        }
        return forward ? static_cast<int128>(distance) : -static_cast<int128>(distance);
    }

    friend constexpr bool operator==(const BlockIterator& a, const BlockIterator& b) noexcept {
        return a.index_ == b.index_ && a.past_ == b.past_;
    }
    friend constexpr std::strong_ordering operator<=>(const BlockIterator& a,
                                                      const BlockIterator& b) noexcept {
        return std::tie(a.past_, a.index_) <=> std::tie(b.past_, b.index_);
    }

private:
    uint128 index_ = 0;
    uint128 base_ = 0;
    bool past_ = false;
    Version version_ = Version::v4;
    int prefix_length_ = 32;
};

}  // namespace cookbook::cidr_addresses
