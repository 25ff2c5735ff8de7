// The command line of 11.7: parses, binds and hands over.
#include <string>
#include <utility>
#include <vector>

#include "client.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/cli/program.hpp"
#include "demo.hpp"
#include "echo.hpp"
#include "messaging.hpp"
#include "settings.hpp"

using namespace cookbook;
using namespace cookbook::messaging;

namespace {

asio::awaitable<void> serve(Settings settings, Limits limits) {
    Listener listener(co_await this_coro::executor, settings.address(), read_key(settings),
                      settings.options);
    print_listening(to_string(listener.address()));
    co_await listener.serve(limits, echo);
}

asio::awaitable<void> talk(Settings settings, std::vector<std::string> messages) {
    Connection connection =
        co_await connect(settings.address(), read_key(settings), settings.options);
    const std::string server = to_string(settings.address());
    if (messages.empty()) {
        co_await send_lines(std::move(connection), server);
    } else {
        co_await send_messages(std::move(connection), server, std::move(messages));
    }
}

}  // namespace

int main(int argc, char** argv) {
    Settings settings;
    Limits limits;
    std::vector<std::string> messages;

    Program program("11_07_messaging",
                    "11.7 Messages between processes: whole objects, exchanged with Python's "
                    "multiprocessing.connection",
                    demo);

    CLI::App& server = program.command("server", "Send every object back, until SIGINT or SIGTERM",
                                       [&] { return serve(settings, limits); });
    add_settings(server, settings);
    add_codec(server, settings.options.codec);
    add_limits(server, limits);

    CLI::App& client = program.command("client", "Send objects and print what comes back, as JSON",
                                       [&] { return talk(settings, messages); });
    add_settings(client, settings);
    add_codec(client, settings.options.codec);
    add_seconds(client, "--timeout", settings.options.idle_timeout,
                "Give up on a server after this long a silence");
    program.add_texts(client, messages, "JSON", "Objects; without one, each line of stdin");

    return program.run(argc, argv);
}
