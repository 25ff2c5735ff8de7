#include "passwd.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "access/users.hpp"
#include "common/cli/output.hpp"

namespace cookbook::xml_rpc_service {
namespace {

/// A line of stdin, in memory that is wiped.
class PasswordLine {
public:
    PasswordLine() {
        while (size_ < buffer_.bytes.size()) {
            const ::ssize_t n =
                ::read(STDIN_FILENO, &buffer_.bytes[size_], buffer_.bytes.size() - size_);
            if (n < 0 && errno != EINTR) {
                throw std::system_error(errno, std::generic_category(), "read password");
            }
            size_ += n > 0 ? static_cast<std::size_t>(n) : 0;
            if (n == 0 || content().find('\n') != std::string_view::npos) {
                return;
            }
        }
        throw std::invalid_argument("the password is too long");
    }

    /// Without its line break.
    [[nodiscard]] std::string_view text() const {
        const std::string_view line = content().substr(0, content().find('\n'));
        return line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
    }

private:
    /// Wiped whatever happens, even if the line's constructor throws.
    struct Buffer {
        Buffer() = default;
        Buffer(const Buffer&) = delete;
        Buffer& operator=(const Buffer&) = delete;
        ~Buffer() { ::explicit_bzero(bytes.data(), bytes.size()); }

        std::array<char, 4096> bytes{};
    };

    [[nodiscard]] std::string_view content() const { return {buffer_.bytes.data(), size_}; }

    Buffer buffer_;
    std::size_t size_ = 0;
};

}  // namespace

void print_user(const std::vector<std::string>& name_and_roles) {
    if (name_and_roles.empty()) {
        throw CLI::RequiredError("NAME");
    }
    User user = {.roles = {name_and_roles.begin() + 1, name_and_roles.end()}, .password = {}};
    try {
        static_cast<void>(user_line(name_and_roles[0], user));
    } catch (const std::invalid_argument& failure) {
        throw CLI::ValidationError("NAME ROLE", failure.what());
    }
    const PasswordLine password;
    if (password.text().empty()) {
        throw std::invalid_argument("the password is empty");
    }
    if (!is_credential(password.text())) {
        throw std::invalid_argument("a password is UTF-8 without control characters");
    }
    user.password = hash_password(password.text());
    print_line(stdout, user_line(name_and_roles[0], user));
}

}  // namespace cookbook::xml_rpc_service
