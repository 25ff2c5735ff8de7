// Recipe 11.10 on networks that are slow, stall, reset, half-close and cut.
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "11_10_tls/tls.hpp"
#include "11_10_tls_server.hpp"
#include "common/async/deadline.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::tls;
using namespace cookbook::testing;

const std::string question = std::string(20'000, 'q');  // two records

constexpr Limits limits = {.idle_timeout = 60s, .drain_timeout = 1s};
constexpr std::chrono::milliseconds patience = 60s;  // 40,000 bytes one by one, under a sanitizer

/// All of it: the client ends first, and takes for whole only what ends in order.
asio::awaitable<bool> exchange(const Certificates& certificates, tcp::endpoint server,
                               std::chrono::milliseconds limit) {
    ClientOptions options = certificates.client();
    options.handshake_timeout = limit;
    const ClientTrust trust(options);
    const auto stream = co_await connect_tls({.port = server.port()}, "localhost", trust);
    Deadline deadline(*stream);
    deadline.expires_after(limit);
    const std::string echo = co_await ask(*stream, question);
    co_await stream->shut_down();
    std::array<char, 1> nothing{};
    const auto [end, n] = co_await stream->read_some(asio::buffer(nothing));
    if (end != asio::error::eof) {
        throw boost::system::system_error(end);
    }
    co_return echo == question;
}

/// A server's two files, and a server with them.
struct FaultFixture {
    explicit FaultFixture(const asio::any_io_executor& executor)
        : server(executor, credentials, limits) {}

    [[nodiscard]] Exchange exchange() const {
        return [this](tcp::endpoint endpoint, std::chrono::milliseconds limit) {
            return ::exchange(certificates, endpoint, limit);
        };
    }

    Certificates certificates;
    ServerCredentials credentials{certificates.server()};
    TlsEchoServer server;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    FaultFixture fixture(co_await this_coro::executor);
    FaultTable table{.limit = patience};
    {
        // How many bytes the handshake takes, only a run can tell.
        const FaultProxy proxy(co_await this_coro::executor, fixture.server.endpoint());
        co_await exchange(fixture.certificates, proxy.endpoint(), patience);
        co_await settle();
        table.request_size = proxy.forwarded(Direction::to_server);
        table.reply_size = proxy.forwarded(Direction::to_client);
    }
    co_await survive_faults(fixture.server.endpoint(), table, fixture.exchange());
    co_await fixture.server.end();
}

ASYNC_TEST_CASE(byte_by_byte_both_ways) {
    FaultFixture fixture(co_await this_coro::executor);
    const auto port = fixture.server.endpoint().port();
    {
        const ShortReads reads(Where::local_port(port));
        const ShortWrites writes(Where::local_port(port));
        const bool right =
            co_await exchange(fixture.certificates, fixture.server.endpoint(), patience);
        BOOST_TEST(right, "what comes and goes in single bytes was damaged");
    }
    co_await fixture.server.end();
}

ASYNC_TEST_CASE(goes_on_when_descriptors_run_out) {
    FaultFixture fixture(co_await this_coro::executor);
    {
        const tcp::socket waiting = co_await connect_without_descriptors(fixture.server.endpoint());
        const bool right =
            co_await exchange(fixture.certificates, fixture.server.endpoint(), patience);
        BOOST_TEST(right, "a server that was short of descriptors once serves nobody");
    }
    co_await fixture.server.end();
}

BOOST_AUTO_TEST_SUITE_END()
