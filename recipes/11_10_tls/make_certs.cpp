#include "make_certs.hpp"

#include <string>
#include <system_error>

#include "authority.hpp"
#include "replace_file.hpp"

namespace cookbook::tls {
namespace {

using std::chrono::days;

constexpr mode_t everybody = 0644;
constexpr mode_t owner = 0600;

Subject expired(Subject subject) {
    subject.not_before = -days(30);
    subject.not_after = -days(1);
    return subject;
}

Subject not_yet_valid(Subject subject) {
    subject.not_before = days(1);
    return subject;
}

}  // namespace

void make_certs(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
        throw std::system_error(error, "write " + folder.string());
    }
    const Subject server;
    const Subject client{.common_name = "client", .names = {}, .purpose = Purpose::client};
    const Authority authority;
    const auto write = [&](const std::string& name, const std::string& certificate,
                           const std::string& key) {
        replace_file(folder / (name + ".pem"), certificate, everybody);
        replace_file(folder / (name + ".key"), key, owner);
    };
    const auto issue = [&](const std::string& name, const Subject& subject) {
        const IssuedCertificate issued = authority.issue(subject);
        write(name, issued.chain, issued.key);
    };
    replace_file(folder / "ca.pem", authority.root(), everybody);
    replace_file(folder / "other-ca.pem", Authority("Other").root(), everybody);
    issue("good", server);
    issue("expired", expired(server));
    issue("not-yet-valid", not_yet_valid(server));
    issue("wrong-host", {.common_name = "example.com", .names = {"example.com"}});
    issue("client", client);
    issue("client-expired", expired(client));
    const IssuedCertificate own = self_signed(server);
    write("self-signed", own.leaf, own.key);
    const IssuedCertificate incomplete = authority.issue(server);
    write("incomplete", incomplete.leaf, incomplete.key);
}

}  // namespace cookbook::tls
