// The secret that both peers share.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cookbook::messaging {

/// An authkey, wiped from memory when it goes. Never logged, never taken from a command line, where
/// every user of the machine could read it.
class Key {
public:
    /// Any bytes but none: an empty key would let everybody in, so it is std::invalid_argument.
    explicit Key(std::string_view bytes);
    Key(Key&&) = default;
    Key& operator=(Key&&) = delete;
    ~Key();

    /// The content of a file, without the line feed that editors put at its end. Throws
    /// std::system_error, "read PATH: reason", and std::invalid_argument for an empty file.
    static Key from_file(const std::filesystem::path& path);

    /// The value of an environment variable, which is wiped and removed, so that neither children
    /// nor /proc/PID/environ show it. Throws std::invalid_argument where it is missing or empty.
    static Key from_environment(const std::string& name);

    [[nodiscard]] const std::vector<unsigned char>& bytes() const noexcept { return bytes_; }

private:
    std::vector<unsigned char> bytes_;
};

using SharedKey = std::shared_ptr<const Key>;

}  // namespace cookbook::messaging
