#include "key.hpp"

#include <openssl/crypto.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace cookbook::messaging {
namespace {

constexpr std::size_t longest_key = 4096;

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Key::Key(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {
    if (bytes_.empty()) {
        throw std::invalid_argument("the key is empty");
    }
}

Key::~Key() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

Key Key::from_file(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
    if (!file) {
        throw std::system_error(errno, std::generic_category(), "read " + path.string());
    }
    std::setvbuf(file.get(), nullptr, _IONBF, 0);  // no copy of the key in a buffer of stdio's
    std::array<char, longest_key + 1> buffer{};
    const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (std::ferror(file.get())) {
        throw std::system_error(errno, std::generic_category(), "read " + path.string());
    }
    if (size > longest_key) {
        throw std::invalid_argument("read " + path.string() + ": too long for a key");
    }
    std::string_view bytes(buffer.data(), size);
    if (bytes.ends_with('\n')) {
        bytes.remove_suffix(1);
    }
    Key key(bytes);
    OPENSSL_cleanse(buffer.data(), buffer.size());
    return key;
}

Key Key::from_environment(const std::string& name) {
    char* value = std::getenv(name.c_str());
    if (!value) {
        throw std::invalid_argument(
            "no key: name its file with --authkey-file, or put it into "
            "the environment as " +
            name);
    }
    Key key(value);
    OPENSSL_cleanse(value, std::strlen(value));
    unsetenv(name.c_str());
    return key;
}

}  // namespace cookbook::messaging
