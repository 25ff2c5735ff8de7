// A message that is not in its form.
#pragma once

#include <stdexcept>

namespace cookbook::rpc {

/// It is neither a call nor a reply.
class FormError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace cookbook::rpc
