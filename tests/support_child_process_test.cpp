// Children: their streams, their ends, and that none is left behind. Also the test main itself:
// what it says when the process dies.

#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/async_case.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

// Starts a shell with this script.
class Shell : public ChildProcess {
public:
    Shell(const asio::any_io_executor& executor, const std::string& script,
          const Environment& environment = {})
        : ChildProcess(executor, "/bin/sh", {"-c", script}, environment) {}
};

// This program once more, running one of the cases of the suite `bad`, which are disabled
// otherwise.
class BadCase : public ChildProcess {
public:
    BadCase(const asio::any_io_executor& executor, const std::string& name)
        : ChildProcess(executor, "/proc/self/exe", {"--run_test=bad/" + name}) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(support_child_process)

ASYNC_TEST_CASE(talks_to_a_child) {
    Shell shell(co_await this_coro::executor, "read line; echo got $line; echo oops >&2; exit 7");
    co_await shell.write("hello\n");
    BOOST_TEST(co_await shell.read_line() == "got hello");
    BOOST_TEST(co_await shell.read_errors() == "oops\n");
    BOOST_TEST(to_string(co_await shell.wait()) == "exit status 7");
}

ASYNC_TEST_CASE(a_child_sees_the_end_of_its_input) {
    Shell shell(co_await this_coro::executor, "cat");
    co_await shell.write("a\nb\n");
    shell.close_input();
    BOOST_TEST(co_await shell.read_line() == "a");
    BOOST_TEST(co_await shell.read_output() == "b\n");
    BOOST_TEST(to_string(co_await shell.wait()) == "exit status 0");
}

ASYNC_TEST_CASE(a_signal_ends_a_child) {
    Shell shell(co_await this_coro::executor, "echo ready; exec cat");
    co_await shell.read_line();
    shell.signal(SIGTERM);
    BOOST_TEST(to_string(co_await shell.wait()) == "killed by signal 15");
    BOOST_CHECK_THROW(shell.signal(SIGTERM), std::logic_error);
}

ASYNC_TEST_CASE(a_child_takes_no_descriptor_with_it) {
    const tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    Shell shell(co_await this_coro::executor, "ls /proc/self/fd | tr '\\n' ' '");
    BOOST_TEST(co_await shell.read_output() == "0 1 2 3 4 ");  // 3 tells its end, 4 is the listing
    co_await shell.wait();
}

ASYNC_TEST_CASE(a_child_sees_the_environment) {
    Shell shell(co_await this_coro::executor, "echo $LAB_PORT $HOME", {"LAB_PORT=1", "HOME=/h"});
    BOOST_TEST(co_await shell.read_line() == "1 /h");
    co_await shell.wait();
}

ASYNC_TEST_CASE(writing_to_a_child_that_does_not_read_is_an_error) {
    Shell shell(co_await this_coro::executor, "true");
    co_await shell.wait();
    bool failed = false;
    try {
        co_await shell.write("hello");
    } catch (const boost::system::system_error&) {
        failed = true;
    }
    BOOST_TEST(failed);
}

ASYNC_TEST_CASE(a_child_that_is_dropped_is_killed_and_reaped) {
    const std::size_t before = open_descriptors();
    std::optional<Shell> shell(std::in_place, co_await this_coro::executor, "echo ready; exec cat");
    co_await shell->read_line();
    const int id = shell->id();
    shell.reset();
    BOOST_TEST(::kill(id, 0) == -1);
    BOOST_TEST(errno == ESRCH);
    BOOST_TEST(open_descriptors() == before);
}

ASYNC_TEST_CASE(a_program_that_is_not_there_is_an_error) {
    const auto executor = co_await this_coro::executor;
    BOOST_CHECK_THROW(ChildProcess(executor, "/no/such/program", {}), std::system_error);
}

BOOST_AUTO_TEST_CASE(finds_the_port_in_a_servers_line) {
    BOOST_TEST(port_of("listening on 127.0.0.1:20000") == 20000);
    BOOST_TEST(port_of("listening on [::1]:80") == 80);
    BOOST_CHECK_THROW(port_of("listening on 127.0.0.1:"), std::invalid_argument);
    BOOST_CHECK_THROW(port_of("127.0.0.1:80"), std::invalid_argument);
    BOOST_CHECK_THROW(port_of("listening on 127.0.0.1:70000"), std::invalid_argument);
}

ASYNC_TEST_CASE(a_send_without_msg_nosignal_kills_and_is_named) {
    BadCase bad(co_await this_coro::executor, "sends_to_nobody");
    BOOST_TEST(co_await bad.read_errors() ==
               "fatal error: in \"bad/sends_to_nobody\": killed by SIGPIPE (a send without "
               "MSG_NOSIGNAL to a peer that has gone)\n");
    BOOST_TEST(to_string(co_await bad.wait()) == "killed by signal 13");
}

ASYNC_TEST_CASE(a_killed_program_names_the_running_case) {
    BadCase bad(co_await this_coro::executor, "waits_to_be_killed");
    while (co_await bad.read_line() != "waiting") {
    }
    bad.signal(SIGTERM);
    BOOST_TEST(co_await bad.read_errors() ==
               "fatal error: in \"bad/waits_to_be_killed\": killed by SIGTERM\n");
    BOOST_TEST(to_string(co_await bad.wait()) == "killed by signal 15");
}

ASYNC_TEST_CASE(a_case_that_blocks_its_thread_ends_the_program) {
    BadCase bad(co_await this_coro::executor, "blocks");
    BOOST_TEST(co_await bad.read_errors() ==
               "fatal error: in \"bad/blocks\": still not back in its event loop 5 s after the "
               "deadline of 2 s: a call that blocks, or a loop without end\n");
    BOOST_TEST(to_string(co_await bad.wait()) == "exit status 3");
}

ASYNC_TEST_CASE(a_failure_is_told_at_the_line_of_the_case) {
    BadCase bad(co_await this_coro::executor, "expects_what_does_not_come");
    const std::string output = co_await bad.read_output();
    BOOST_TEST(output.find("support_child_process_test.cpp(") != std::string::npos);
    BOOST_TEST(output.find("error: in \"bad/expects_what_does_not_come\": expected end of file, "
                           "received 'x', then End of file: a silent peer sends nothing") !=
               std::string::npos);
    BOOST_TEST(output.find('\x1b') == std::string::npos, "colours, and no terminal: " << output);
    BOOST_TEST(to_string(co_await bad.wait()) == "exit status 201");
}

BOOST_AUTO_TEST_SUITE_END()

// Cases that go wrong on purpose, run by those above.
BOOST_AUTO_TEST_SUITE(bad, *boost::unit_test::disabled())

ASYNC_TEST_CASE(sends_to_nobody) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    far.close();
    while (::send(near.native_handle(), "x", 1, 0) == 1) {
    }
}

ASYNC_TEST_CASE(waits_to_be_killed) {
    BOOST_TEST(::write(STDOUT_FILENO, "waiting\n", 8) == 8);
    asio::steady_timer timer(co_await this_coro::executor, 60s);
    co_await timer.async_wait(use_awaitable);
}

BOOST_AUTO_TEST_CASE(blocks) {
    const auto body = []() -> asio::awaitable<void> {
        ::pause();
        co_return;
    };
    BOOST_TEST(run_body(body, 2s).empty());
}

ASYNC_TEST_CASE(expects_what_does_not_come) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    co_await send_all(near, "x");
    near.close();
    co_await expect_eof(far, "a silent peer sends nothing");
}

BOOST_AUTO_TEST_SUITE_END()
