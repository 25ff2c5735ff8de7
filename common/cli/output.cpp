#include "common/cli/output.hpp"

#include <cerrno>
#include <string>
#include <system_error>

namespace cookbook {

void write_output(std::FILE* output, std::string_view data) {
    const bool written = std::fwrite(data.data(), 1, data.size(), output) == data.size();
    if (!written || std::fflush(output) != 0) {
        throw std::system_error(errno, std::generic_category(), "write output");
    }
}

void print_line(std::FILE* output, std::string_view line) {
    write_output(output, std::string(line) + '\n');
}

}  // namespace cookbook
