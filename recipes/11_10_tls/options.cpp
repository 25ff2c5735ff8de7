#include "options.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/cli/options.hpp"
#include "context.hpp"

namespace cookbook::tls {
namespace {

/// Not with CLI11's delimiter(), which passes over a name that is empty.
void add_alpn(CLI::App& command, std::vector<std::string>& names) {
    const auto set = [&names](const std::vector<std::string>& lists) {
        const std::string list = boost::join(lists, ",");
        boost::split(names, list, boost::is_any_of(","));
        try {
            to_alpn_wire(names);
        } catch (const std::invalid_argument& failure) {
            throw CLI::ValidationError("--alpn", failure.what());
        }
    };
    command
        .add_option_function<std::vector<std::string>>(
            "--alpn", set, "Application protocols (ALPN), best first: h2,http/1.1")
        ->allow_extra_args(false)
        ->type_name("NAME[,NAME]");
}

/// What both sides have.
template <typename Options>
void add_common(CLI::App& command, Options& options) {
    add_alpn(command, options.alpn);
    add_choice(command, "--min-version", options.min_version,
               {{"1.2", Version::tls1_2}, {"1.3", Version::tls1_3}}, "Oldest version of TLS");
    add_seconds(command, "--handshake-time", options.handshake_timeout,
                "Limit of the whole handshake");
}

}  // namespace

void add_tls_server(CLI::App& command, ServerOptions& options) {
    CLI::Option* const certificate =
        command
            .add_option("--cert", options.cert,
                        "The certificate, then its intermediates, PEM; read again at SIGHUP")
            ->type_name("FILE");
    CLI::Option* const key =
        command.add_option("--key", options.key, "Its private key, PEM")->type_name("FILE");
    certificate->needs(key);
    key->needs(certificate);
    CLI::Option* const authorities =
        command
            .add_option("--client-ca", options.client_ca,
                        "Ask clients for a certificate of these authorities, PEM")
            ->type_name("FILE");
    add_choice(command, "--client-auth", options.client_auth,
               {{"required", ClientAuth::required}, {"optional", ClientAuth::optional}},
               "Whether a client without a certificate is refused")
        ->needs(authorities);
    add_common(command, options);
    for (const char* name :
         {"--client-ca", "--client-auth", "--alpn", "--min-version", "--handshake-time"}) {
        command.get_option(name)->needs(certificate);
    }
}

void add_tls_client(CLI::App& command, ClientOptions& options) {
    command
        .add_option("--cacert", options.cacert,
                    "The authorities to trust, PEM, instead of the system's")
        ->type_name("FILE");
    CLI::Option* const certificate =
        command
            .add_option("--cert", options.cert,
                        "Our own certificate, then its intermediates, PEM: for servers that ask")
            ->type_name("FILE");
    CLI::Option* const key =
        command.add_option("--key", options.key, "Its private key, PEM")->type_name("FILE");
    certificate->needs(key);
    key->needs(certificate);
    add_common(command, options);
    command.add_flag_callback(
        "--insecure", [&options] { options.verify = false; },
        "Talk to anybody, whatever certificate it shows");
}

}  // namespace cookbook::tls
