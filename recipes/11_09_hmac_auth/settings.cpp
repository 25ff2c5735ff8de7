#include "settings.hpp"

#include "common/cli/authkey.hpp"
#include "common/cli/options.hpp"

namespace cookbook::hmac_auth {

void add_mac(CLI::App& command, Settings& settings) {
    add_authkey_file(command, settings.authkey_file);
    add_choice(command, "--digest", settings.digest,
               {{"sha256", Digest::sha256},
                {"sha384", Digest::sha384},
                {"sha512", Digest::sha512},
                {"sha3_256", Digest::sha3_256},
                {"md5", Digest::md5}},
               "The digest of the HMAC, the same on both sides; md5 is for old peers");
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
