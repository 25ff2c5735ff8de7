#include "budget.hpp"

#include <algorithm>

namespace cookbook::resilient_client {

bool RetryBudget::take() {
    // [step 3] Take a whole token, or say that there is none.
    if (tenths_ < per_token) {
        return false;
    }
    tenths_ -= per_token;
    return true;
    // [end]
}

void RetryBudget::on_response(unsigned status) {
    // [step 3] Put a tenth back for a response below 500, up to the bucket's size.
    if (status < 500) {
        tenths_ = std::min(tenths_ + 1, max_tenths_);
    }
    // [end]
}

}  // namespace cookbook::resilient_client
