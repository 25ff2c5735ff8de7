#include "settings.hpp"

#include <map>

#include "common/cli/authkey.hpp"
#include "common/cli/options.hpp"

namespace cookbook::hmac_auth {

void add_mac(CLI::App& command, Settings& settings) {
    const std::map<std::string, Digest> digests = {{"sha256", Digest::sha256},
                                                   {"sha384", Digest::sha384},
                                                   {"sha512", Digest::sha512},
                                                   {"sha3_256", Digest::sha3_256},
                                                   {"md5", Digest::md5}};
    add_authkey_file(command, settings.authkey_file);
    command
        .add_option("--digest", settings.digest,
                    "The digest of the HMAC, the same on both sides; md5 is for old peers")
        ->transform(CLI::CheckedTransformer(digests).description(""))
        ->type_name("sha256|sha384|sha512|sha3_256|md5")
        ->default_str("sha256");
}

void add_handshake(CLI::App& command, Settings& settings) {
    add_address(command, settings.address);
    add_mac(command, settings);
    command.add_flag("--mutual", settings.options.mutual,
                     "The server proves itself, too; the same on both sides");
    add_seconds(command, "--handshake", settings.options.handshake_timeout,
                "Limit of the whole handshake");
}

Mac make_mac(const Settings& settings) {
    return Mac(read_authkey(settings.authkey_file), settings.digest);
}

}  // namespace cookbook::hmac_auth
