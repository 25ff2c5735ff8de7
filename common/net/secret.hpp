// Secret keys: read from a file or the environment, wiped from memory when they go.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cookbook {

/// A secret key. Never log one, and never take one from a command line, where every user of the
/// machine can read it. The destructor wipes it.
class Key {
public:
    /// Throws std::invalid_argument if there are no bytes: an empty key would let everybody in.
    explicit Key(std::string_view bytes);
    Key(Key&&) = default;
    Key& operator=(Key&&) = delete;
    ~Key();

    /// The content of a file, without the line feed that editors put at its end. Throws
    /// std::system_error, "read PATH: reason", and std::invalid_argument if the file is empty.
    static Key from_file(const std::filesystem::path& path);

    /// The value of an environment variable, nullopt if it is not set. The variable is wiped and
    /// removed, so that neither children nor /proc/PID/environ show it. Throws
    /// std::invalid_argument if it is empty.
    static std::optional<Key> from_environment(const std::string& name);

    [[nodiscard]] const std::vector<unsigned char>& bytes() const noexcept { return bytes_; }

private:
    std::vector<unsigned char> bytes_;
};

/// Whoever needs the key for a while holds one of these; the last one to let go wipes it.
using SharedKey = std::shared_ptr<const Key>;

}  // namespace cookbook
