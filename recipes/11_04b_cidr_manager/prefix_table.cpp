#include "prefix_table.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>
#include <span>
#include <utility>

namespace cookbook::cidr_manager {
namespace {

/// The answer where no prefix is; and the bit by which a slot says where its search begins.
constexpr std::uint32_t search = std::uint32_t{1} << 31;
constexpr std::uint32_t nothing = search - 1;

/// So many steps are compared at once, and as many follow the last one. A slot that has one prefix
/// has two: where that begins, and where it has ended.
constexpr std::size_t few = 2;

}  // namespace

/// Their first max_length bits, in the order in which prefixes begin, the longer ones after those
/// that contain them; equal ones in the order of the entries.
template <typename Bits>
std::vector<PrefixTable::Span<Bits>> PrefixTable::spans_of(Version version, int min_length,
                                                           int max_length) const {
    const int left_out = width(version) - max_length;
    std::vector<Span<Bits>> spans;
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        const Network& prefix = entries_[i].prefix;
        const int length = prefix.prefix_length();
        if (prefix.version() == version && min_length <= length && length <= max_length) {
            const Range range = range_of(prefix);
            spans.push_back({static_cast<Bits>(range.first >> left_out),
                             static_cast<Bits>(range.last >> left_out), i});
        }
    }
    std::ranges::sort(spans, [](const Span<Bits>& a, const Span<Bits>& b) {
        if (a.first != b.first) {
            return a.first < b.first;
        }
        return a.last != b.last ? a.last > b.last : a.entry < b.entry;
    });
    return spans;
}

template <typename Bits>
void PrefixTable::Flat<Bits>::begin_at(Bits first, std::uint32_t answer) {
    if (steps_.back().first == first) {
        steps_.back().answer = answer;
    } else {
        steps_.push_back({first, answer});
    }
}

template <typename Bits>
void PrefixTable::Flat<Bits>::build(std::vector<Span<Bits>> spans) {
    steps_.reserve(2 * spans.size() + 1 + few);
    steps_.push_back({0, nothing});
    std::vector<Span<Bits>> open;  // each contains the next
    const auto close_before = [&](Bits first, bool all) {
        while (!open.empty() && (all || open.back().last < first)) {
            const Bits last = open.back().last;
            open.pop_back();
            if (static_cast<Bits>(~last) != 0) {  // after the last address nothing begins
                begin_at(last + 1, open.empty() ? nothing : open.back().entry);
            }
        }
    };
    for (const Span<Bits>& span : spans) {
        close_before(span.first, false);
        begin_at(span.first, span.entry);
        open.push_back(span);
    }
    close_before(0, true);
    make_index();
}

template <typename Bits>
void PrefixTable::Flat<Bits>::make_index() {
    // Over the addresses that have an answer: those of IPv6 nearly all begin with the same bits.
    constexpr int max_slot_bits = 24;
    const int slot_bits =
        std::min(max_slot_bits, static_cast<int>(std::bit_width(steps_.size())) + 3);
    const bool changes = steps_.size() > 1;
    base_ = changes ? steps_[1].first : static_cast<Bits>(~Bits{0});
    const Bits last_first = changes ? steps_.back().first : base_;
    for (const Bits used = last_first - base_; (used >> shift_) >> slot_bits != 0;) {
        ++shift_;
    }
    slots_.resize(slot_of(last_first) + 1);
    std::size_t current = changes ? 1 : 0;  // the answer that reaches into the slot
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
        const Bits slot_first = base_ + (static_cast<Bits>(slot) << shift_);
        if (current + 1 < steps_.size() && steps_[current + 1].first == slot_first) {
            ++current;
        }
        std::size_t last = current;
        while (last + 1 < steps_.size() && slot_of(steps_[last + 1].first) == slot) {
            ++last;
        }
        const auto place = static_cast<std::uint32_t>(current);
        slots_[slot] = last == current ? steps_[current].answer : search | place;
        current = last;
    }
    steps_.insert(steps_.end(), few, Step{static_cast<Bits>(~Bits{0}), steps_.back().answer});
}

template <typename Bits>
std::uint32_t PrefixTable::Flat<Bits>::find(Bits address) const {
    if (address < base_) {
        return steps_[0].answer;
    }
    const Bits slot = std::min((address - base_) >> shift_, static_cast<Bits>(slots_.size() - 1));
    const std::uint32_t answer = slots_[static_cast<std::size_t>(slot)];
    return (answer & search) == 0 ? answer : find_from(&steps_[answer & ~search], address);
}

/// The answer of the last step that does not begin after the address; `step` does not.
template <typename Bits>
std::uint32_t PrefixTable::Flat<Bits>::find_from(const Step* step, Bits address) const {
    // Counted without a branch that depends on memory, look-ups overlap: while one waits, the
    // processor begins the next. Nearly always this is all.
    std::size_t passed = 0;
    for (std::size_t i = 1; i <= few; ++i) {
        passed += static_cast<std::size_t>(step[i].first <= address);
    }
    return passed < few ? step[passed].answer : search_from(step + few, address);
}

/// The same if it may be far: looks twice as far each time, then between.
template <typename Bits>
std::uint32_t PrefixTable::Flat<Bits>::search_from(const Step* step, Bits address) const {
    const std::span rest(step, steps_.data() + steps_.size());
    std::size_t reach = 1;
    while (reach < rest.size() && rest[reach].first <= address) {
        reach *= 2;
    }
    const auto between = rest.subspan(reach / 2, std::min(reach, rest.size()) - reach / 2);
    return std::prev(std::ranges::upper_bound(between, address, {}, &Step::first))->answer;
}

PrefixTable::PrefixTable(std::vector<Entry> entries) : entries_(std::move(entries)) {
    v4_.build(spans_of<std::uint32_t>(Version::v4, 0, 32));
    v6_.build(spans_of<std::uint64_t>(Version::v6, 0, 64));
    long_v6_.build(spans_of<uint128>(Version::v6, 65, 128));
}

const PrefixTable::Entry* PrefixTable::find(const Address& address) const {
    std::uint32_t entry = nothing;
    if (address.version() == Version::v4) {
        entry = v4_.find(static_cast<std::uint32_t>(address.bits()));
    } else {
        entry = long_v6_.find(address.bits());
        if (entry == nothing) {
            entry = v6_.find(static_cast<std::uint64_t>(address.bits() >> 64));
        }
    }
    return entry == nothing ? nullptr : &entries_[entry];
}

}  // namespace cookbook::cidr_manager
