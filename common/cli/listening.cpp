#include "common/cli/listening.hpp"

#include <cstdio>

#include "common/cli/output.hpp"

namespace cookbook {

void print_listening(const tcp::acceptor& acceptor) {
    print_listening(to_string(acceptor.local_endpoint()));
}

void print_listening(const std::string& address) {
    print_line(stdout, "listening on " + address);
}

}  // namespace cookbook
