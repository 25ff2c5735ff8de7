// The command line of 11.7: parses, binds and hands over.
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "client.hpp"
#include "common/program.hpp"
#include "common/run.hpp"
#include "demo.hpp"
#include "echo.hpp"
#include "listener.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;

struct Settings {
    TcpAddress address = {.host = "127.0.0.1", .port = 25000};
    std::string unix_path;
    std::string authkey_file;
    Options options;
    Limits limits;
    std::vector<std::string> messages;
};

SharedKey read_key(const Settings& settings) {
    return std::make_shared<Key>(settings.authkey_file.empty()
                                     ? Key::from_environment("LAB_AUTHKEY")
                                     : Key::from_file(settings.authkey_file));
}

asio::awaitable<void> serve(Settings settings) {
    const auto executor = co_await this_coro::executor;
    const SharedKey key = read_key(settings);
    Listener listener =
        settings.unix_path.empty()
            ? Listener(executor, settings.address, key, settings.options)
            : Listener(executor, UnixAddress{settings.unix_path}, key, settings.options);
    announce(listener.address());
    co_await listener.serve(settings.limits, echo);
}

asio::awaitable<void> talk(Settings settings) {
    const SharedKey key = read_key(settings);
    auto connecting = settings.unix_path.empty()
                          ? connect(settings.address, key, settings.options)
                          : connect(UnixAddress{settings.unix_path}, key, settings.options);
    Connection connection = co_await std::move(connecting);
    if (settings.messages.empty()) {
        co_await send_lines(std::move(connection));
    } else {
        co_await send_messages(std::move(connection), settings.messages);
    }
}

void add_options(CLI::App& command, Settings& settings) {
    const std::map<std::string, Codec> codecs = {
        {"pickle", Codec::pickle}, {"json", Codec::json}, {"bytes", Codec::bytes}};
    constexpr std::uint64_t largest = std::numeric_limits<std::uint32_t>::max();
    Options& options = settings.options;
    add_address(command, settings.address);
    command
        .add_option("--unix", settings.unix_path,
                    "A UNIX socket instead of TCP; @NAME is an abstract one")
        ->type_name("PATH");
    command
        .add_option("--authkey-file", settings.authkey_file,
                    "The file with the key; without it, LAB_AUTHKEY has the key")
        ->type_name("FILE");
    command.add_option("--codec", options.codec, "How messages are written")
        ->transform(CLI::CheckedTransformer(codecs).description(""))
        ->type_name("pickle|json|bytes")
        ->default_str("pickle");
    command.add_flag_callback(
        "--allow-md5", [&] { options.md5 = Md5::allowed; },
        "Let Python before 3.12 in, which knows HMAC-MD5 only");
    command.add_option("--max-message", options.max_message, "Largest message, in bytes")
        ->check(CLI::Range(std::uint64_t{1}, largest).description(""))
        ->capture_default_str();
    add_seconds(command, "--handshake", options.handshake_limit, "Limit of the whole handshake");
    add_seconds(command, "--whole-message", options.message_limit,
                "Limit of one whole message, either way");
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    Program program("11_07_messaging",
                    "11.7 Messages between processes: whole objects, exchanged with Python's "
                    "multiprocessing.connection",
                    [] {
                        run(demo());
                        return 0;
                    });
    auto& server =
        program.command("server", "Send every object back, until SIGINT or SIGTERM", [&] {
            run(serve(settings));
            return 0;
        });
    add_options(server, settings);
    add_limits(server, settings.limits);
    auto& client =
        program.command("client", "Send objects and print what comes back, as JSON", [&] {
            run(talk(settings));
            return 0;
        });
    add_options(client, settings);
    client
        .add_option("messages", settings.messages, "Objects, as JSON; without one, lines of stdin")
        ->type_name("JSON");
    return program.run(argc, argv);
}
