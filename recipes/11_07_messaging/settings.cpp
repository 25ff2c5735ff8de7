#include "settings.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

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
    command
        .add_option("--authkey-file", settings.authkey_file,
                    "The file with the key; without it, LAB_AUTHKEY has the key")
        ->type_name("FILE");
    add_choice(command, "--codec", options.codec,
               {{"pickle", Codec::pickle}, {"json", Codec::json}, {"bytes", Codec::bytes}},
               "How messages are written");
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

Address Settings::address() const {
    if (unix_path.empty()) {
        return tcp;
    }
    return UnixAddress{unix_path};
}

SharedKey read_key(const Settings& settings) {
    if (!settings.authkey_file.empty()) {
        return std::make_shared<Key>(Key::from_file(settings.authkey_file));
    }
    const std::string variable = "LAB_AUTHKEY";
    std::optional<Key> key = Key::from_environment(variable);
    if (!key) {
        throw std::invalid_argument(
            "no key: name its file with --authkey-file, or put it into the environment as " +
            variable);
    }
    return std::make_shared<Key>(std::move(*key));
}

}  // namespace cookbook::messaging
