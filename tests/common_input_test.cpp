// common/cli/input.hpp: whatever stdin may be is read in an event loop, and a terminal stays as it
// was for all others.
#include "common/cli/input.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "support/async_case.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

/// Two descriptors: what is written to `far` is read from `near`.
struct Ends {
    int near = -1;
    int far = -1;

    Ends() = default;
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    ~Ends() {
        ::close(near);
        close_far();
    }
    void write(std::string_view text) const {
        BOOST_TEST_REQUIRE(::write(far, text.data(), text.size()) ==
                           static_cast<ssize_t>(text.size()));
    }
    void close_far() { ::close(std::exchange(far, -1)); }
};

struct Pipe : Ends {
    Pipe() {
        std::array<int, 2> ends{};
        BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        std::tie(near, far) = std::pair(ends[0], ends[1]);
    }
};

struct SocketEnds : Ends {
    SocketEnds() {
        std::array<int, 2> ends{};
        BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
        std::tie(near, far) = std::pair(ends[0], ends[1]);
    }
};

/// `near` is the side of the programs, `far` that of the person who types.
struct Terminal : Ends {
    Terminal() { BOOST_TEST_REQUIRE(::openpty(&far, &near, nullptr, nullptr, nullptr) == 0); }
};

bool is_blocking(int descriptor) {
    return (::fcntl(descriptor, F_GETFL) & O_NONBLOCK) == 0;
}

asio::awaitable<std::string> read_once(asio::posix::stream_descriptor& input) {
    const Waiting waiting("some input");
    std::array<char, 100> buffer;
    const auto [error, n] = co_await input.async_read_some(asio::buffer(buffer), use_nothrow);
    BOOST_TEST(error == (n > 0 ? error_code() : error_code(asio::error::eof)));
    co_return std::string(buffer.data(), n);
}

/// Reads a line that comes after the wait for it has begun.
asio::awaitable<void> expect_line(const Ends& ends, asio::posix::stream_descriptor& input) {
    asio::steady_timer typing(input.get_executor(), 1ms);
    typing.async_wait([&](error_code) { ends.write("a line\n"); });
    const std::string line = co_await read_once(input);
    BOOST_TEST(line == "a line\n");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_input)

ASYNC_TEST_CASE(a_terminal_is_read_and_stays_blocking_for_all_others) {
    const Terminal terminal;
    const int standard_output = ::dup(terminal.near);  // as a shell gives it to its commands
    {
        auto input = open_input(co_await this_coro::executor, terminal.near);
        co_await expect_line(terminal, input);
        BOOST_TEST(is_blocking(standard_output),
                   "writing much to the terminal would fail with EAGAIN");
        terminal.write("\x04");  // Ctrl-D
        const std::string end = co_await read_once(input);
        BOOST_TEST(end == "");
    }
    BOOST_TEST(is_blocking(terminal.near), "the shell's next program would find no input");
    ::close(standard_output);
}

ASYNC_TEST_CASE(a_pipe_is_read_to_its_end_and_stays_blocking) {
    Pipe pipe;
    auto input = open_input(co_await this_coro::executor, pipe.near);
    co_await expect_line(pipe, input);
    BOOST_TEST(is_blocking(pipe.near), "others that read this pipe would fail with EAGAIN");
    pipe.close_far();
    const std::string end = co_await read_once(input);
    BOOST_TEST(end == "");
}

ASYNC_TEST_CASE(a_socket_is_read_to_its_end) {
    SocketEnds pair;
    auto input = open_input(co_await this_coro::executor, pair.near);
    co_await expect_line(pair, input);
    pair.close_far();
    const std::string end = co_await read_once(input);
    BOOST_TEST(end == "");
}

ASYNC_TEST_CASE(a_regular_file_is_read_from_where_it_stands) {
    std::string name = "/tmp/cookbook-input-XXXXXX";
    const int file = ::mkstemp(name.data());
    ::unlink(name.c_str());
    BOOST_TEST_REQUIRE(::write(file, "first\nsecond\n", 13) == 13);
    ::lseek(file, 6, SEEK_SET);
    auto input = open_input(co_await this_coro::executor, file);
    const std::string rest = co_await read_once(input);
    BOOST_TEST(rest == "second\n");
    const std::string end = co_await read_once(input);
    BOOST_TEST(end == "");
    ::close(file);
}

ASYNC_TEST_CASE(dev_null_ends_at_once) {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    auto input = open_input(co_await this_coro::executor, null);
    const std::string end = co_await read_once(input);
    BOOST_TEST(end == "");
    ::close(null);
}

ASYNC_TEST_CASE(lines_come_one_by_one_and_blank_ones_are_passed_over) {
    Pipe pipe;
    pipe.write("first\n\n \t\r\nsecond\nlast");
    InputLines lines(open_input(co_await this_coro::executor, pipe.near));
    for (const char* expected : {"first", "second"}) {
        const auto line = co_await lines.next();
        BOOST_TEST((line && *line == expected));
    }
    pipe.close_far();
    const auto last = co_await lines.next();
    BOOST_TEST((last && *last == "last"), "the last line may lack its line feed");
    const auto end = co_await lines.next();
    BOOST_TEST(!end.has_value());
}

BOOST_AUTO_TEST_CASE(a_closed_descriptor_is_an_error) {
    asio::io_context context;
    BOOST_CHECK_THROW(open_input(context.get_executor(), -1), std::system_error);
}

ASYNC_TEST_CASE(lines_that_are_blank_are_kept_if_asked_for) {
    for (const auto& [blank, expected] : {std::pair(InputLines::Blank::skip, "a|b|"),
                                          std::pair(InputLines::Blank::keep, "a|| |b|")}) {
        Pipe pipe;
        pipe.write("a\n\n \nb\n");
        pipe.close_far();
        InputLines lines(open_input(co_await this_coro::executor, pipe.near), blank);
        std::string all;
        while (const auto line = co_await lines.next()) {
            all += *line + "|";
        }
        BOOST_TEST(all == expected, "what stands behind the last line feed is no line");
    }
}

BOOST_AUTO_TEST_SUITE_END()
