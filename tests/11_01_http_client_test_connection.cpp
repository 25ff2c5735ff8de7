// Recipe 11.1, the way to a server: look-up, addresses, what an idle connection has to say,
// tunnels.
#include <dlfcn.h>
#include <netdb.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/connection/connecting.hpp"
#include "11_01_http_client/connection/connection.hpp"
#include "11_01_http_client/connection/look_up.hpp"
#include "11_01_http_client/connection/tunnel.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

using GetAddressInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

int system_getaddrinfo(const char* host, const char* port, const addrinfo* hints,
                       addrinfo** found) {
    static const auto function =
        reinterpret_cast<GetAddressInfo>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return function(host, port, hints, found);
}

std::binary_semaphore slow_may_end{0};
std::binary_semaphore slow_has_ended{0};

}  // namespace

/// Takes the place of the system's: some names of the top-level domain "test" are known here only.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints,
                           addrinfo** found) {
    const std::string_view name = host ? host : "";
    if (name == "none.test") {
        return EAI_NONAME;
    }
    if (name == "slow.test") {
        slow_may_end.acquire();
        slow_has_ended.release();
        return EAI_AGAIN;
    }
    if (name == "both.test") {
        const int error = system_getaddrinfo("::1", port, hints, found);
        return error != 0 ? error
                          : system_getaddrinfo("127.0.0.1", port, hints, &(*found)->ai_next);
    }
    return system_getaddrinfo(host, port, hints, found);
}

namespace {

tcp::endpoint v4(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

tcp::endpoint v6(std::uint16_t port) {
    return {asio::ip::address_v6::loopback(), port};
}

/// The end of what throws, in words.
template <typename T>
asio::awaitable<std::string> failure_of(asio::awaitable<T> operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& failure) {
        co_return describe(failure);
    }
    co_return "nothing is wrong";
}

template <typename T>
asio::awaitable<void> store_failure(asio::awaitable<T> operation, std::optional<std::string>& to) {
    to = co_await failure_of(std::move(operation));
}

asio::awaitable<void> store_socket(asio::awaitable<tcp::socket> operation,
                                   std::optional<tcp::socket>& to) {
    to = co_await std::move(operation);
}

/// An endpoint that never says anything to those who connect: its backlog is full.
struct Silent {
    explicit Silent(const asio::any_io_executor& executor)
        : acceptor(executor, tcp::v4()), first(executor) {
        acceptor.bind({asio::ip::address_v4::loopback(), 0});
        acceptor.listen(0);
        first.connect(acceptor.local_endpoint());
    }

    tcp::acceptor acceptor;
    tcp::socket first;
};

/// What comes of asking a proxy that responds so.
asio::awaitable<std::string> ask_proxy(std::string response, std::string& request,
                                       std::optional<Credentials> credentials = {}) {
    auto [near, far] = memory_pair(co_await this_coro::executor);
    const asio::const_buffer bytes = asio::buffer(response);
    co_await far->write({&bytes, 1});
    co_await far->shut_down();
    const std::string failure = co_await failure_of(open_tunnel(
        *near, {.is_https = true, .host = "::1", .port = 443},
        {.origin = {.host = "proxy", .port = 3128}, .credentials = std::move(credentials)}));
    std::vector<char> heard(1000);
    const auto [error, size] = co_await far->read_some(asio::buffer(heard));
    request.assign(heard.data(), size);
    co_return failure;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

// --- Look-up -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(an_address_is_not_looked_up) {
    BOOST_TEST((co_await look_up("127.0.0.1", 80) == std::vector{v4(80)}));
    BOOST_TEST((co_await look_up("::1", 80) == std::vector{v6(80)}));
}

ASYNC_TEST_CASE(a_name_has_all_its_addresses) {
    const std::vector<tcp::endpoint> endpoints = co_await look_up("both.test", 80);
    BOOST_TEST((endpoints == std::vector{v6(80), v4(80)}));
    const std::string failure = co_await failure_of(look_up("none.test", 80));
    BOOST_TEST(failure == "look up none.test: Name or service not known");
}

ASYNC_TEST_CASE(a_look_up_is_abandoned_not_waited_for) {
    std::optional<std::string> failure;
    {
        TaskGroup group(co_await this_coro::executor);
        group.spawn(store_failure(look_up("slow.test", 80), failure));
        co_await settle();
        BOOST_TEST(!failure.has_value());
        group.cancel();
        const Waiting waiting("a look-up that was cancelled");
        co_await group.join();
    }
    BOOST_TEST(failure.value() == "Operation canceled");
    slow_may_end.release();
    slow_has_ended.acquire();  // and touches nothing of ours
}

BOOST_AUTO_TEST_CASE(families_come_in_turns) {
    std::vector<tcp::endpoint> endpoints = {v6(1), v6(2), v6(3), v4(1), v4(2)};
    interleave_families(endpoints);
    BOOST_TEST((endpoints == std::vector{v6(1), v4(1), v6(2), v4(2), v6(3)}));
    endpoints = {v4(1), v6(1), v6(2), v6(3)};
    interleave_families(endpoints);
    BOOST_TEST((endpoints == std::vector{v4(1), v6(1), v6(2), v6(3)}), "the first one's first");
}

// --- Connecting ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(the_next_address_is_tried_when_one_has_failed) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const tcp::endpoint server = acceptor.local_endpoint();
    const tcp::socket first = bind_v4(acceptor.get_executor());
    const Waiting waiting("the second address");
    const tcp::socket socket = co_await connect_to_fastest({first.local_endpoint(), server}, 1h);
    BOOST_TEST((socket.remote_endpoint() == server));
}

ASYNC_TEST_CASE(the_next_address_is_tried_beside_one_that_says_nothing) {
    const Silent silent(co_await this_coro::executor);
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    std::optional<tcp::socket> socket;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(store_socket(
        connect_to_fastest({silent.acceptor.local_endpoint(), acceptor.local_endpoint()}, 1h),
        socket));
    co_await settle();
    BOOST_TEST(!socket.has_value(), "the first one has a head start");
    co_await advance(1h);
    co_await group.join();
    BOOST_TEST((socket->remote_endpoint() == acceptor.local_endpoint()));
}

ASYNC_TEST_CASE(if_all_fail_it_is_the_first_one_s_error) {
    const auto executor = co_await this_coro::executor;
    const tcp::socket first = bind_v4(executor);
    const tcp::socket second = bind_v4(executor);
    const std::string failure =
        co_await failure_of(connect_to_fastest({first.local_endpoint(), second.local_endpoint()}));
    BOOST_TEST(failure == "Connection refused");
}

ASYNC_TEST_CASE(connecting_can_be_cancelled) {
    const Silent silent(co_await this_coro::executor);
    std::optional<std::string> failure;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(store_failure(connect_to_fastest({silent.acceptor.local_endpoint()}), failure));
    co_await settle();
    group.cancel();
    co_await group.join();
    BOOST_TEST(failure.value() == "Operation canceled");
}

// --- An idle connection --------------------------------------------------------------------------

ASYNC_TEST_CASE(a_connection_is_quiet_until_the_server_says_anything) {
    enum class Deed { nothing, data, end, reset };
    for (const Deed deed : {Deed::nothing, Deed::data, Deed::end, Deed::reset}) {
        auto [near, far] = connected_pair(co_await this_coro::executor);
        if (deed == Deed::data) {
            co_await send_all(far, "H");
        } else if (deed == Deed::end) {
            far.shutdown(tcp::socket::shutdown_send);
        } else if (deed == Deed::reset) {
            reset(far);
        }
        if (deed != Deed::nothing) {
            const Waiting waiting("what the server does to arrive");
            co_await near.async_wait(tcp::socket::wait_read, use_nothrow);
        }
        const int descriptor = near.native_handle();
        const Connection connection(std::make_unique<SocketStream>(std::move(near)), descriptor);
        BOOST_TEST(connection.is_quiet() == (deed == Deed::nothing),
                   "data or an end that nobody asked for would become the next response");
    }
}

// --- Step 5: tunnels -----------------------------------------------------------------------------

ASYNC_TEST_CASE(a_tunnel_begins_behind_any_2xx) {
    std::string request;
    for (const std::string response :
         {"HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 299 x\nContent-Length: 5\n\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201\r\nTransfer-Encoding: x\r\n\r\n"}) {
        const std::string failure = co_await ask_proxy(response, request);
        BOOST_TEST(failure == "nothing is wrong", in_quotes(response) << ": " << failure);
    }
    BOOST_TEST(request == "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n",
               "the proxy learns where the tunnel leads, and nothing else");
    co_await ask_proxy("HTTP/1.1 200 OK\r\n\r\n", request, Credentials{"user", "pass:word"});
    BOOST_TEST(request ==
               "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n"
               "Proxy-Authorization: Basic dXNlcjpwYXNzOndvcmQ=\r\n\r\n");
}

ASYNC_TEST_CASE(a_proxy_that_opens_no_tunnel_is_an_error) {
    const std::vector<std::pair<std::string, std::string>> responses = {
        {"HTTP/1.1 407 Who are you\r\nContent-Length: 4\r\n\r\nbody",
         "proxy proxy:3128: 407 Who are you: the proxy refused the tunnel"},
        {"HTTP/1.1 302 Found\r\nLocation: http://evil/\r\n\r\n",
         "proxy proxy:3128: 302 Found: the proxy refused the tunnel"},
        {"HTTP/1.1 200 OK\r\n\r\n\x16",
         "proxy proxy:3128: the proxy sent data of its own into the tunnel"},
        {"HTTP/1.1 200 OK\r\n",
         "proxy proxy:3128: the server closed the connection in the middle of the response"},
        {"", "proxy proxy:3128: the server closed the connection without a response"},
        {"SOCKS?\r\n", "proxy proxy:3128: malformed response: no status line of HTTP/1"}};
    for (const auto& [response, words] : responses) {
        std::string request;
        const std::string failure = co_await ask_proxy(response, request);
        BOOST_TEST(failure == words);
    }
}

BOOST_AUTO_TEST_SUITE_END()
