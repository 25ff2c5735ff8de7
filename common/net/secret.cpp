#include "common/net/secret.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace cookbook {
namespace {

constexpr std::size_t max_key = 4096;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

Key::Key(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {
    if (bytes_.empty()) {
        throw std::invalid_argument("the key is empty");
    }
}

Key::~Key() {
    if (!bytes_.empty()) {                             // it has not been moved from
        explicit_bzero(bytes_.data(), bytes_.size());  // memset() may be optimised away
    }
}

Key Key::from_file(const std::filesystem::path& path) {
    const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
    if (!file) {
        throw std::system_error(errno, std::generic_category(), "read " + path.string());
    }
    std::setvbuf(file.get(), nullptr, _IONBF, 0);  // stdio's own buffer would not be wiped
    Key whole(std::string(max_key + 1, '\0'));
    char* const begin = reinterpret_cast<char*>(whole.bytes_.data());
    const std::size_t size = std::fread(begin, 1, whole.bytes_.size(), file.get());
    if (std::ferror(file.get())) {
        throw std::system_error(errno, std::generic_category(), "read " + path.string());
    }
    if (size > max_key) {
        throw std::invalid_argument("read " + path.string() + ": too long for a key");
    }
    const std::string_view content(begin, size);
    const std::string_view bytes = content.substr(0, size - (content.ends_with('\n') ? 1 : 0));
    if (bytes.empty()) {
        throw std::invalid_argument("read " + path.string() + ": it is empty");
    }
    return Key(bytes);
}

std::optional<Key> Key::from_environment(const std::string& name) {
    char* const value = std::getenv(name.c_str());
    if (!value) {
        return std::nullopt;
    }
    Key key(value);
    explicit_bzero(value, std::strlen(value));
    unsetenv(name.c_str());
    return key;
}

}  // namespace cookbook
