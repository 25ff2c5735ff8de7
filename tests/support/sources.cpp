#include "support/sources.hpp"

namespace cookbook::testing {

std::string path_of(const std::string& file) {
    return TESTS "/" + file;
}

}  // namespace cookbook::testing
