#include "metrics.hpp"

#include <algorithm>
#include <numeric>

namespace cookbook::command_server {
namespace {

std::uint64_t sum_of(const auto& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

}  // namespace

void Histogram::observe(Seconds value) {
    // [step 5] Count it for the first bound not below it, and sum it up. (stub: (void)value;)
    const auto bound = std::ranges::lower_bound(bounds, value.count());
    ++counts_.at(static_cast<std::size_t>(bound - bounds.begin()));
    sum_ += value;
    // [end]
}

std::array<std::uint64_t, Histogram::bounds.size()> Histogram::cumulative() const {
    // [step 5] Each bound has what the bounds before it have, too. (stub: return {};)
    std::array<std::uint64_t, bounds.size()> result{};
    std::partial_sum(counts_.begin(), counts_.end() - 1, result.begin());
    return result;
    // [end]
}

std::uint64_t Histogram::count() const {
    return sum_of(counts_);
}

std::uint64_t Metrics::message_count() const {
    return sum_of(messages);
}

std::uint64_t Metrics::dropped_count() const {
    return sum_of(dropped);
}

}  // namespace cookbook::command_server
