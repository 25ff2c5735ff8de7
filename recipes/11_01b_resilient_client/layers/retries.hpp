// The layer that tries again: as often as the policy allows, as long as the budget lasts.
#pragma once

#include <cstdint>
#include <functional>

#include "11_01b_resilient_client/rules/budget.hpp"
#include "11_01b_resilient_client/rules/retry.hpp"
#include "layer.hpp"

namespace cookbook::resilient_client {

/// One budget for all calls, of which several may be under way at once.
class Retries {
public:
    using Random = std::function<double()>;  // from [0, 1)

    /// `next` makes one attempt.
    Retries(RetryPolicy policy, std::uint32_t budget, Random random, Layer next)
        : policy_(std::move(policy)),
          budget_(budget),
          random_(std::move(random)),
          next_(std::move(next)) {}

    /// The result of the last attempt. While it waits for the next one, the call has no place among
    /// the requests at once: others have their turn.
    asio::awaitable<Result> send(Call& call);

    /// Attempts but for the first ones.
    [[nodiscard]] std::uint64_t retries() const noexcept { return retries_; }

private:
    RetryPolicy policy_;
    RetryBudget budget_;
    Random random_;
    Layer next_;
    std::uint64_t retries_ = 0;
};

}  // namespace cookbook::resilient_client
