#include "common/cli/listening.hpp"

#include <cstdio>

namespace cookbook {

void print_listening(const tcp::acceptor& acceptor) {
    print_listening(to_string(acceptor.local_endpoint()));
}

void print_listening(const std::string& address) {
    std::puts(("listening on " + address).c_str());
    std::fflush(stdout);
}

}  // namespace cookbook
