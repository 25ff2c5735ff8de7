#include "options.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/cli/authkey.hpp"
#include "common/cli/options.hpp"

namespace cookbook::fd_passing {
namespace {

void add_trust(CLI::App& command, std::string& authkey_file, messaging::Options& options) {
    constexpr std::uint64_t max_object = 4096;  // a greeting, or a word
    options.max_message = max_object;
    add_authkey_file(command, authkey_file);
    command.add_flag_callback(
        "--allow-md5", [&options] { options.md5 = messaging::Md5::allowed; },
        "Let Python before 3.12 in, which knows HMAC-MD5 only");
    add_seconds(command, "--handshake", options.handshake_timeout, "Limit of the whole handshake");
}

/// Why nobody could take over at this path, if so. A successor listens beside it first, at PATH~.
std::string check_control(const std::string& path) {
    constexpr std::size_t max_size = sizeof(sockaddr_un::sun_path) - sizeof "~";
    if (path.starts_with('@')) {
        return "an abstract name cannot be renamed";
    }
    return path.size() > max_size ? fmt::format("longer than {} bytes", max_size) : "";
}

}  // namespace

void add_server_options(CLI::App& server, ServerOptions& options) {
    add_address(server, options.address);
    CLI::Option* const workers =
        server
            .add_option("--workers", options.workers,
                        "The UNIX socket to which workers connect; @NAME is an abstract one")
            ->type_name("PATH");
    server.add_option("--fork", options.forked, "Without --workers: the workers to fork")
        ->check(CLI::Range(1, 1000).description(""))
        ->capture_default_str()
        ->excludes(workers);
    CLI::Option* const control =
        server
            .add_option("--control", options.control,
                        "The UNIX socket at which a successor may take over")
            ->type_name("PATH")
            ->check(check_control, "")
            ->needs(workers);
    server
        .add_flag("--take-over", options.take_over,
                  "Take over from the server at --control; its addresses are kept")
        ->needs(control);
    add_trust(server, options.authkey_file, options.messaging);
    for (const char* name : {"--authkey-file", "--allow-md5", "--handshake"}) {
        server.get_option(name)->needs(workers);
    }
    add_limits(server, options.limits);
}

void add_worker_options(CLI::App& worker, WorkerOptions& options) {
    WorkerSettings& settings = options.settings;
    worker
        .add_option("--workers", settings.server.path,
                    "The UNIX socket of the server; @NAME is an abstract one")
        ->type_name("PATH")
        ->required();
    add_trust(worker, options.authkey_file, settings.messaging);
    add_limits(worker, settings.limits);
    add_seconds(worker, "--retry", settings.retry_timeout,
                "Try for this long to reach a server, at first and whenever it has ended", 0);
}

}  // namespace cookbook::fd_passing
