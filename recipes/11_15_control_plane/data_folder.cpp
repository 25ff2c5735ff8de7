#include "data_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "11_05b_rest_api/digest.hpp"
#include "11_10_tls/authority.hpp"
#include "11_10_tls/context.hpp"
#include "11_10_tls/replace_file.hpp"
#include "common/async/describe.hpp"
#include "common/net/secret.hpp"

namespace cookbook::control_plane {
namespace {

using std::filesystem::path;

constexpr mode_t for_everybody = 0644;
constexpr mode_t for_owner = 0600;
constexpr std::chrono::hours server_lifetime = std::chrono::days(3650);  // as the authority's
constexpr std::chrono::hours client_lifetime = std::chrono::days(365);

bool is_there(const path& file) {
    std::error_code ignored;  // whoever makes the file finds out
    return exists(file, ignored);
}

void make_folder(const path& folder) {
    const path parent = (folder / "").parent_path().parent_path();  // of "data/", too
    std::error_code ignored;
    create_directories(parent, ignored);
    if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
        throw std::system_error(errno, std::generic_category(), "write " + folder.string());
    }
}

tls::Authority read_authority(const path& file) {
    const std::string pem = tls::read_file(file);
    try {
        return tls::Authority::from_pem(pem);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(file.string() + ": " + describe(error));
    }
}

/// The folder's authority. Its key comes first and has all of it, so that whoever makes ca.pem,
/// perhaps at the same time, writes the same. So the certificate is looked for first: if it is
/// there, the key is.
tls::Authority make_authority(const path& folder) {
    const path key = folder / "ca.key";
    const path certificate = folder / "ca.pem";
    const bool has_certificate = is_there(certificate);
    if (!is_there(key)) {
        if (has_certificate) {
            throw std::system_error(ENOENT, std::generic_category(), "read " + key.string());
        }
        tls::add_file(key, tls::Authority("Control plane").to_pem(), for_owner);
    }
    tls::Authority authority = read_authority(key);
    if (!has_certificate) {
        tls::add_file(certificate, authority.root(), for_everybody);
    }
    return authority;
}

/// By what names this machine may be called.
std::vector<std::string> own_names() {
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' &&
        std::string_view(name.data()) != names[0]) {
        names.emplace_back(name.data());
    }
    return names;
}

/// Certificate, chain and key, as one text.
std::string issue(const tls::Authority& authority, const tls::Subject& subject) {
    const tls::IssuedCertificate issued = authority.issue(subject);
    return issued.chain + issued.key;
}

}  // namespace

void make_data_folder(const path& folder) {
    make_folder(folder);
    constexpr std::size_t key_bytes = 32;
    if (!is_there(folder / "admin.key")) {
        tls::add_file(folder / "admin.key", rest_api::random_text(key_bytes), for_owner);
    }
    const tls::Authority authority = make_authority(folder);
    if (!is_there(folder / "server.pem")) {
        const tls::Subject server = {.names = own_names(), .not_after = server_lifetime};
        tls::add_file(folder / "server.pem", issue(authority, server), for_owner);
    }
}

std::string read_key(const path& file) {
    const Key key = Key::from_file(file);
    return {key.bytes().begin(), key.bytes().end()};
}

void check_client_name(std::string_view name) {
    constexpr std::size_t max_name = 64;  // of a common name (RFC 5280, A.1)
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    const bool is_allowed =
        !name.empty() && name.size() <= max_name && name.find_first_not_of(allowed) == name.npos;
    if (!is_allowed || name == "ca" || name == "server") {
        throw std::invalid_argument(
            "a client's name has 1 to 64 letters, digits, '.', '-' and '_', and is not ca or "
            "server");
    }
}

path certify(const path& folder, const std::string& name) {
    check_client_name(name);
    const tls::Subject client = {.common_name = name,
                                 .names = {},
                                 .purpose = tls::Purpose::client,
                                 .not_after = client_lifetime};
    const path file = folder / (name + ".pem");
    // Not make_authority(): no server would trust one that is made here.
    tls::replace_file(file, issue(read_authority(folder / "ca.key"), client), for_owner);
    return file;
}

}  // namespace cookbook::control_plane
