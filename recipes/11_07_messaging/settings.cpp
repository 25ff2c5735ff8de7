#include "settings.hpp"

#include <cstdint>
#include <limits>
#include <memory>

#include "common/cli/authkey.hpp"
#include "common/cli/options.hpp"

namespace cookbook::messaging {

void add_settings(CLI::App& command, Settings& settings) {
    constexpr std::uint64_t max_size = std::numeric_limits<std::uint32_t>::max();
    Options& options = settings.options;
    add_address(command, settings.tcp);
    command
        .add_option("--unix", settings.unix_path,
                    "A UNIX socket instead of TCP; @NAME is an abstract one")
        ->type_name("PATH");
    add_authkey_file(command, settings.authkey_file);
    command.add_flag_callback(
        "--allow-md5", [&] { options.md5 = Md5::allowed; },
        "Let Python before 3.12 in, which knows HMAC-MD5 only");
    command.add_option("--max-message", options.max_message, "Largest message, in bytes")
        ->check(CLI::Range(std::uint64_t{1}, max_size).description(""))
        ->capture_default_str();
    add_seconds(command, "--handshake", options.handshake_timeout, "Limit of the whole handshake");
    add_seconds(command, "--whole-message", options.message_timeout,
                "Limit of one whole message, either way");
}

void add_codec(CLI::App& command, Codec& codec) {
    add_choice(command, "--codec", codec,
               {{"pickle", Codec::pickle}, {"json", Codec::json}, {"bytes", Codec::bytes}},
               "How messages are written");
}

Address Settings::address() const {
    if (unix_path.empty()) {
        return tcp;
    }
    return UnixAddress{unix_path};
}

SharedKey read_key(const Settings& settings) {
    return std::make_shared<Key>(read_authkey(settings.authkey_file));
}

}  // namespace cookbook::messaging
