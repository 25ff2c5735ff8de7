// Recipe 11.1 without an event loop of the caller's: a blocking session, and the command line's
// client.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "11_01_http_client/client.hpp"
#include "11_01_http_client/http_client.hpp"
#include "11_01_http_client/httpbin/httpbin.hpp"
#include "11_01_http_client/message/error.hpp"
#include "11_01_http_client/options.hpp"
#include "11_01_http_client_server.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

/// A httpbin on a thread of its own.
class HttpbinThread {
public:
    HttpbinThread() {
        asio::co_spawn(context_, serve_httpbin(std::move(acceptor_), {}),
                       [](std::exception_ptr) {});
        thread_ = std::jthread([this] { context_.run(); });
    }
    ~HttpbinThread() { context_.stop(); }
    HttpbinThread(const HttpbinThread&) = delete;
    HttpbinThread& operator=(const HttpbinThread&) = delete;

    [[nodiscard]] std::string url(const std::string& target) const { return origin_ + target; }

private:
    asio::io_context context_;
    tcp::acceptor acceptor_ = listen_v4(context_.get_executor());
    std::string origin_ = "http://" + to_string(acceptor_.local_endpoint());
    std::jthread thread_;
};

enum class Input { pipe, file };

/// Has stdin read this text, of no more than 64 KiB, as long as the object lives.
class StdinText {
public:
    StdinText(const std::string& text, Input kind) : before_(::dup(STDIN_FILENO)) {
        std::FILE* const file = kind == Input::pipe ? write_to_pipe(text) : write_to_file(text);
        ::dup2(::fileno(file), STDIN_FILENO);
        std::fclose(file);
    }
    ~StdinText() {
        ::dup2(before_, STDIN_FILENO);
        ::close(before_);
    }
    StdinText(const StdinText&) = delete;
    StdinText& operator=(const StdinText&) = delete;

private:
    static std::FILE* write_to_pipe(const std::string& text) {
        std::array<int, 2> ends{};
        BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
        BOOST_TEST(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::close(ends[1]);
        return ::fdopen(ends[0], "r");
    }
    static std::FILE* write_to_file(const std::string& text) {
        std::FILE* const file = std::tmpfile();
        BOOST_TEST_REQUIRE(file != nullptr);
        BOOST_TEST(std::fwrite(text.data(), 1, text.size(), file) == text.size());
        std::rewind(file);
        return file;
    }

    int before_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(a_blocking_session_does_what_a_session_does) {
    const HttpbinThread server;
    BlockingSession session;
    const Response cookies = session.get(server.url("/cookies/set?a=1"));
    BOOST_TEST(cookies.history.size() == 1U);
    BOOST_TEST(cookies.json().at("cookies").at("a").as_string() == "1",
               "the session keeps its cookies from one call to the next");
    BOOST_TEST(session.cookies().cookies().size() == 1U);
    const Response posted = session.post(server.url("/post"), Body("text", "text/plain"));
    BOOST_TEST(posted.json().at("data").as_string() == "text");
    for (const std::string method : {"PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"}) {
        const Response response = method == "PUT" ? session.put(server.url("/put"), Body("b"))
                                  : method == "PATCH"
                                      ? session.patch(server.url("/patch"), Body("b"))
                                  : method == "DELETE"  ? session.remove(server.url("/delete"))
                                  : method == "OPTIONS" ? session.options(server.url("/get"))
                                                        : session.head(server.url("/get"));
        BOOST_TEST(response.ok(), method);
    }
}

BOOST_AUTO_TEST_CASE(a_blocking_session_throws_and_goes_on) {
    const HttpbinThread server;
    BlockingSession session({.read_timeout = 3s});
    BOOST_CHECK_THROW(session.get("ftp://a/"), std::invalid_argument);
    BOOST_CHECK_EXCEPTION(
        session.get(server.url("/delay/10")), RequestError,
        [](const RequestError& error) { return error.code() == std::errc::timed_out; });
    BOOST_TEST(session.get(server.url("/status/404")).status == 404U);
}

BOOST_AUTO_TEST_CASE(the_client_sends_what_stdin_has) {
    const HttpbinThread server;
    const TemporaryFolder folder;
    const std::string text(60'000, 'b');
    for (const Input kind : {Input::pipe, Input::file}) {
        const StdinText input(text, kind);
        ClientSettings settings;
        CLI::App command;
        add_client(command, settings);
        command.parse("--body @- -o " + folder.file("shown") + " PUT " + server.url("/put"));
        std::size_t failures = 0;
        run(fetch_all(std::move(settings), failures));
        BOOST_TEST(failures == 0U);
        std::ifstream file(folder.file("shown"));
        const boost::json::value shown = boost::json::parse(file);
        const boost::json::object& headers = shown.at("headers").as_object();
        BOOST_TEST(shown.at("data").as_string() == text);
        BOOST_TEST(headers.contains("Transfer-Encoding") == (kind == Input::pipe),
                   "what a pipe has is known at its end, a file's size before");
    }
}

ASYNC_TEST_CASE(nothing_is_sent_when_the_time_for_all_is_over) {
    const auto executor = co_await this_coro::executor;
    const TemporaryFolder folder;
    ScriptedServer server(executor, {{ok("a"), ok("b")}});
    const tcp::acceptor silent = listen_v4(executor);
    ClientSettings settings;
    settings.urls = {server.url(), "http://" + to_string(silent.local_endpoint()) + "/",
                     server.url()};
    settings.output = folder.file("shown");
    settings.max_time = 10s;
    std::size_t failures = 0;
    TaskGroup client(executor);
    client.spawn(fetch_all(std::move(settings), failures));
    co_await settle();
    co_await advance(10s);
    co_await client.join();
    co_await settle();
    BOOST_TEST(failures == 2U);
    BOOST_TEST(server.requests().size() == 1U, "the last one would be sent for nothing");
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
