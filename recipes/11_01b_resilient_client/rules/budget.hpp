// How many retries a client may make, all its requests together. Pure.
#pragma once

#include <cstdint>

namespace cookbook::resilient_client {

/// A bucket of tokens, full at first. A retry takes one out; a response that is no server's failure
/// puts a tenth back in. So a client adds at most a tenth to the load of an origin that fails now
/// and then, and next to nothing to one that only fails, where each request would be four.
class RetryBudget {
public:
    explicit RetryBudget(std::uint32_t tokens) : max_tenths_(std::uint64_t{tokens} * per_token) {}

    /// Takes a token for a retry. False if there is none: then there is no retry.
    [[nodiscard]] bool take();
    /// A response has come.
    void on_response(unsigned status);

    [[nodiscard]] double tokens() const noexcept {
        return static_cast<double>(tenths_) / per_token;
    }

private:
    static constexpr std::uint64_t per_token = 10;  // whole numbers: ten tenths are one

    std::uint64_t max_tenths_;
    std::uint64_t tenths_ = max_tenths_;
};

}  // namespace cookbook::resilient_client
