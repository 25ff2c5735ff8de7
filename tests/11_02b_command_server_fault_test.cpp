// 11.2b, our client and each style of server, over networks that are slow, stall, reset, half-close
// and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_02b_command_server/client.hpp"
#include "11_02b_command_server_server.hpp"
#include "support/fault_table.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::command_server;
using namespace cookbook::testing;

namespace {

const std::vector<std::string> commands = {"ECHO first", "ECHO " + std::string(500, 'x'),
                                           "echo last"};

std::string echo_response(const std::string& text) {
    return R"({"command":"ECHO","result":")" + text + "\"}\n";
}

const std::string expected_responses =
    echo_response("first") + echo_response(std::string(500, 'x')) + echo_response("last");

asio::awaitable<bool> command_exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    const Output output;
    co_await send_commands({"127.0.0.1", server.port()}, commands, output.file(), limit);
    if (output.text().size() < expected_responses.size()) {
        // To the server, what comes before the end is a last line, whatever the network has cut
        // off.
        throw std::runtime_error("the last command was cut short");
    }
    co_return output.text() == expected_responses;
}

asio::awaitable<void> survive_with(const Style& style) {
    CommandServer server(style, {.limits = {.idle_timeout = 20s, .drain_timeout = 200ms}});
    std::size_t request_size = 0;
    for (const std::string& command : commands) {
        request_size += command.size() + 1;
    }
    const FaultTable table{.request_size = request_size, .reply_size = expected_responses.size()};
    co_await survive_faults(server.endpoint(), table, command_exchange);
    server.stop();
    server.join();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server_fault)

ASYNC_TEST_CASE(coroutines_survive_every_fault) {
    co_await survive_with(styles[0]);
}

ASYNC_TEST_CASE(threads_survive_every_fault) {
    co_await survive_with(styles[1]);
}

BOOST_AUTO_TEST_SUITE_END()
