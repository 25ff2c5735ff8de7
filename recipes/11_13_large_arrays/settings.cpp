#include "settings.hpp"

#include <cstddef>
#include <limits>

#include "common/cli/options.hpp"

namespace cookbook::large_arrays {
namespace {

CLI::Option* add_unix(CLI::App& command, Settings& settings) {
    add_address(command, settings.tcp);
    return command
        .add_option("--unix", settings.unix_path,
                    "A UNIX socket instead of TCP; @NAME is an abstract one")
        ->type_name("PATH");
}

CLI::Option* add_number_of_elements(CLI::App& command, Settings& settings,
                                    const std::string& description) {
    constexpr std::uint64_t max_count = std::uint64_t{1} << 40U;
    return command.add_option("--count", settings.count, description)
        ->check(CLI::Range(std::uint64_t{0}, max_count).description(""))
        ->type_name("COUNT");
}

}  // namespace

Address Settings::address() const {
    if (unix_path.empty()) {
        return tcp;
    }
    return UnixAddress{unix_path};
}

Offer Settings::offer() const {
    if (file.empty()) {
        return {.source = Numbers(count), .raw = raw, .zero_copy = zero_copy};
    }
    return {.source = NpyFile(file), .raw = raw};
}

void add_server_settings(CLI::App& command, Settings& settings) {
    CLI::Option* unix_path = add_unix(command, settings);
    CLI::Option* count =
        add_number_of_elements(command, settings, "Send so many doubles: 0.0, 1.0, ...")
            ->capture_default_str();
    CLI::Option* file = command.add_option("--file", settings.file, "Send this .npy file instead")
                            ->type_name("FILE.npy")
                            ->excludes(count);
    command.add_flag("--raw", settings.raw, "Without the header, as the original's");
    command.add_flag("--zerocopy", settings.zero_copy, "Without the kernel's copy (MSG_ZEROCOPY)")
        ->excludes(unix_path)  // which have no such thing
        ->excludes(file);      // which is never copied
}

void add_client_settings(CLI::App& command, Settings& settings) {
    constexpr std::size_t max_size = std::numeric_limits<std::ptrdiff_t>::max();
    add_unix(command, settings);
    CLI::Option* raw = command.add_flag("--raw", settings.raw, "Without a header: --count doubles");
    raw->needs(
        add_number_of_elements(command, settings, "With --raw, how many doubles come")->needs(raw));
    command
        .add_option("--max-bytes", settings.acceptance.max_bytes,
                    "Refuse an array of more bytes than this")
        ->check(CLI::Range(std::size_t{1}, max_size).description(""))
        ->type_name("BYTES")
        ->capture_default_str();
    command.add_option("-o,--output", settings.file, "Write the array to this file")
        ->type_name("FILE.npy");
    add_seconds(command, "--timeout", settings.acceptance.timeout,
                "Give up on a server that sends nothing for this long");
}

}  // namespace cookbook::large_arrays
