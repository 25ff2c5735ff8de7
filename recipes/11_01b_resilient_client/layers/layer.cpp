#include "layer.hpp"

#include <stdexcept>

namespace cookbook::resilient_client {

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
    throw std::runtime_error(failure.reason);
}

}  // namespace cookbook::resilient_client
