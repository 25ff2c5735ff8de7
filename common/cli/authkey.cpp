#include "common/cli/authkey.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

namespace cookbook {

void add_authkey_file(CLI::App& command, std::string& file) {
    command
        .add_option("--authkey-file", file,
                    "The file with the key; without it, LAB_AUTHKEY has the key")
        ->type_name("FILE");
}

Key read_authkey(const std::string& file) {
    if (!file.empty()) {
        return Key::from_file(file);
    }
    const std::string variable = "LAB_AUTHKEY";
    std::optional<Key> key = Key::from_environment(variable);
    if (!key) {
        throw std::invalid_argument(
            "no key: name its file with --authkey-file, or put it into the environment as " +
            variable);
    }
    return std::move(*key);
}

}  // namespace cookbook
