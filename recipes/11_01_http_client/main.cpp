// The command line of 11.1: parses, binds and hands over.
#include <fmt/format.h>

#include "common/cli/program.hpp"

using namespace cookbook;

int main(int argc, char** argv) {
    Program program("11_01_http_client", "11.1 HTTP client", [] { fmt::print("to come\n"); });
    return program.run(argc, argv);
}
