// Recipe 11.1 without an event loop.
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "11_01_http_client/http_client.hpp"
#include "11_01_http_client/httpbin/httpbin.hpp"
#include "11_01_http_client/message/error.hpp"
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
    BlockingSession session({.read_timeout = 50ms});
    BOOST_CHECK_THROW(session.get("ftp://a/"), std::invalid_argument);
    BOOST_CHECK_EXCEPTION(
        session.get(server.url("/delay/10")), RequestError,
        [](const RequestError& error) { return error.code() == std::errc::timed_out; });
    BOOST_TEST(session.get(server.url("/status/404")).status == 404U);
}

BOOST_AUTO_TEST_SUITE_END()
