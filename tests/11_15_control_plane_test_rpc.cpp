// 11.15 Control plane: XML-RPC over TLS.
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "11_05b_rest_api/transaction.hpp"
#include "11_06_xml_rpc/json/json.hpp"
#include "11_06_xml_rpc/proxy.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_10_tls/tls.hpp"
#include "11_15_control_plane/data_folder.hpp"
#include "11_15_control_plane/rpc.hpp"
#include "11_15_control_plane/schema.hpp"
#include "11_15_control_plane/store.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/ask.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"
#include "support/running_server.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::control_plane;
using namespace cookbook::testing;
using xml_rpc::Array;
using xml_rpc::Struct;
using xml_rpc::Value;

namespace fs = std::filesystem;

// --- Methods, without a network -----------------------------------------------------------------

/// The methods over a database of its own, which has a pool of six addresses.
class Methods {
public:
    explicit Methods(RpcOptions options = {})
        : options_(options), connection(rest_api::parse_database_url(folder_.file("ipam.db"))) {
        rest_api::migrate(connection, migrations());
        create_pool(
            connection,
            {.name = "lab", .cidr = Network::parse("192.0.2.0/29"), .reserved = {"192.0.2.1"}},
            unix_time());
        add_ipam(table_, connection, name_, options_);
    }

    /// What a call returns, as JSON; or "fault CODE: TEXT".
    std::string call(const std::string& method, Array arguments) {
        try {
            return xml_rpc::to_json(result_of(method, std::move(arguments)));
        } catch (const xml_rpc::Fault& fault) {
            return fault.what();
        }
    }
    Value result_of(const std::string& method, Array arguments) {
        const xml_rpc_service::Roles none;
        return table_.call(xml_rpc_service::Caller(none), "ipam." + method, std::move(arguments));
    }

    void expect(const std::string& method, const Array& arguments, const std::string& expected) {
        const std::string outcome = call(method, arguments);
        BOOST_TEST(outcome.starts_with(expected), method << xml_rpc::to_json(Value(arguments))
                                                         << " was " << outcome << ", not "
                                                         << expected);
    }

private:
    TemporaryFolder folder_;
    xml_rpc_service::MethodTable table_;
    const std::string name_ = "node-1";
    RpcOptions options_;

public:
    Connection connection;
};

/// The addresses of an array of leases: "192.0.2.2 192.0.2.3".
std::string addresses_of(const Value& leases) {
    std::string all;
    for (const Value& lease : *leases.get_if<Array>()) {
        const Value* address = find(*lease.get_if<Struct>(), "address");
        all += (all.empty() ? "" : " ") + *address->get_if<std::string>();
    }
    return all;
}

const Value& member(const Value& object, std::string_view name) {
    const Value* value = find(*object.get_if<Struct>(), name);
    BOOST_TEST_REQUIRE((value != nullptr), "a result has no " << name);
    return *value;
}

/// The member as JSON.
std::string shown(const Value& object, std::string_view name) {
    return xml_rpc::to_json(member(object, name));
}

// --- A server over TLS --------------------------------------------------------------------------

/// The folder of a server, and its database.
struct RpcHouse {
    explicit RpcHouse(RpcOptions with = {}, std::chrono::milliseconds limit = 20s)
        : options(with),
          data(folder.file("data")),
          database(options_in(data, limit), migrations()),
          service(database, [this] { ++changes; }),
          credentials({.cert = data / "server.pem",
                       .key = data / "server.pem",
                       .client_ca = data / "ca.pem"}) {
        const auto connection = rest_api::open_database((data / "ipam.db").string(), migrations());
        create_pool(*connection, {.name = "lab", .cidr = Network::parse("192.0.2.0/29")},
                    unix_time());
    }
    static rest_api::DatabaseOptions options_in(const fs::path& data,
                                                std::chrono::milliseconds limit) {
        make_data_folder(data);
        return {.url = (data / "ipam.db").string(), .limit = limit};
    }

    [[nodiscard]] tls::ClientOptions client(const std::string& name) const {
        const fs::path file = certify(data, name);
        return {.cacert = data / "ca.pem", .cert = file, .key = file};
    }

    RpcOptions options;
    TemporaryFolder folder;
    fs::path data;
    rest_api::Database database;
    int changes = 0;
    Service service;
    tls::ServerCredentials credentials;
};

class RpcServer : public RunningServer {
public:
    RpcServer(const asio::any_io_executor& executor, RpcHouse& house)
        : RunningServer(executor, {}, [&house](tcp::acceptor acceptor) {
              return serve_rpc(std::move(acceptor), house.service, house.credentials,
                               house.options);
          }) {}

    [[nodiscard]] std::string url() const {
        return "https://localhost:" + std::to_string(endpoint().port());
    }
};

/// Why a call fails; "" if it does not.
asio::awaitable<std::string> failure_of_lookup(std::string url, tls::ClientOptions options) {
    const Waiting waiting("a call's end");
    try {
        xml_rpc::Proxy proxy(url, {.tls = std::move(options)});
        co_await proxy.call("ipam.lookup", "192.0.2.1");
        co_return "";
    } catch (const std::runtime_error& failure) {
        co_return failure.what();
    }
}

Struct call_of(const std::string& method, Array params) {
    return {{"methodName", method}, {"params", std::move(params)}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_rpc)

BOOST_AUTO_TEST_CASE(allocates_as_rest_does) {
    Methods methods;
    const Value leases = methods.result_of("allocate", {"lab", "node-1"});
    BOOST_TEST(addresses_of(leases) == "192.0.2.2", "the smallest that is free");
    const Value& lease = leases.get_if<Array>()->front();
    BOOST_TEST(shown(lease, "pool") == R"("lab")");
    BOOST_TEST(shown(lease, "owner") == R"("node-1")");
    BOOST_TEST(shown(lease, "note") == R"("")");
    BOOST_TEST(shown(lease, "expires") == "0");
    const auto* since = member(lease, "since").get_if<std::int64_t>();
    BOOST_TEST_REQUIRE((since != nullptr), "times are integers");
    BOOST_TEST(std::abs(*since - unix_time()) < 60);

    const Value more =
        methods.result_of("allocate", {"lab", "node-2", Struct{{"count", 2}, {"ttl", 60}}});
    BOOST_TEST(addresses_of(more) == "192.0.2.3 192.0.2.4");
    const Value& first = more.get_if<Array>()->front();
    BOOST_TEST(*member(first, "expires").get_if<std::int64_t>() ==
               *member(first, "since").get_if<std::int64_t>() + 60);
    const Value one = methods.result_of(
        "allocate",
        {"lab", "node-3", Struct{{"address", "192.0.2.6"}, {"note", "rack 7"}, {"ttl", {}}}});
    BOOST_TEST(addresses_of(one) == "192.0.2.6");
    BOOST_TEST(shown(one.get_if<Array>()->front(), "note") == R"("rack 7")");
}

BOOST_AUTO_TEST_CASE(gives_the_same_for_the_same_key) {
    Methods methods;
    const Struct once = {{"key", "k1"}};
    const Value first = methods.result_of("allocate", {"lab", "node-1", once});
    const Value again = methods.result_of("allocate", {"lab", "node-1", once});
    BOOST_TEST((first == again), "the response to the first was lost, for all we know");
    methods.expect("allocate", {"lab", "node-2", once}, "fault 422: ");
    methods.expect("allocate", {"lab", "node-2", Struct{{"key", 7}}}, "fault 422: key");
    methods.expect("allocate", {"lab", "node-2", Struct{{"key", ""}}}, "fault 422: key");
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_rests_status) {
    Methods methods;
    methods.expect("allocate", {"none", "node-1"}, "fault 404: ");
    methods.expect("allocate", {"lab", ""}, "fault 422: owner");
    methods.expect("allocate", {"lab", "a", Struct{{"owner", "b"}}}, "fault 422: owner");
    methods.expect("allocate", {"lab", "a", Struct{{"colour", "red"}}}, "fault 422: colour");
    methods.expect("allocate", {"lab", "a", Struct{{"count", 0}}}, "fault 422: count");
    methods.expect("allocate", {"lab", "a", Struct{{"count", 257}}}, "fault 422: count");
    methods.expect("allocate", {"lab", "a", Struct{{"count", "1"}}}, "fault 422: count");
    methods.expect("allocate", {"lab", "a", Struct{{"ttl", -1}}}, "fault 422: ttl");
    methods.expect("allocate", {"lab", "a", Struct{{"address", "192.0.2"}}}, "fault 422: address");
    methods.expect("allocate", {"lab", "a", Struct{{"address", "192.0.2.1"}}}, "fault 409: ");
    methods.expect("allocate", {"lab", "a", Struct{{"address", "192.0.2.9"}}}, "fault 409: ");
    methods.expect("allocate", {"lab", "a", Struct{{"count", 6}}}, "fault 409: ");
    const std::string both =
        methods.call("allocate", {"lab", "a", Struct{{"count", 0}, {"ttl", true}}});
    BOOST_TEST(both.find("count") != both.npos);
    BOOST_TEST(both.find("ttl") != both.npos, "every mistake is named: " << both);
    methods.expect("lookup", {"nowhere"}, "fault 422: address");
    methods.expect("release", {"192.0.2.2", "a"}, "fault 404: ");
    methods.expect("releaseAll", {""}, "fault 422: owner");
    methods.expect("allocate", {"lab"}, "fault -32602: ");
    methods.expect("allocate", {"lab", 5}, "fault -32602: ");

    Value deep = 1;
    for (int i = 0; i < 98; ++i) {
        deep = Array{std::move(deep)};
    }
    methods.expect("allocate", {"lab", "a", Struct{{"note", std::move(deep)}}}, "fault 422: note");
}

BOOST_AUTO_TEST_CASE(releases_and_renews_only_to_the_owner) {
    Methods methods;
    methods.call("allocate", {"lab", "a", Struct{{"count", 3}}});
    methods.expect("release", {"192.0.2.2", "b"}, "fault 409: ");
    methods.expect("renew", {"192.0.2.2", "b", 60}, "fault 409: ");
    methods.expect("release", {"192.0.2.2", "a"}, "true");
    methods.expect("lookup", {"192.0.2.2"}, "null");
    const Value renewed = methods.result_of("renew", {"192.0.2.3", "a", 60});
    BOOST_TEST(std::abs(*member(renewed, "expires").get_if<std::int64_t>() - unix_time() - 60) <
               60);
    BOOST_TEST((methods.result_of("lookup", {"192.0.2.3"}) == renewed));
    const Value kept = methods.result_of("renew", {"192.0.2.3", "a"});
    BOOST_TEST(shown(kept, "expires") == "0", "without a number it has its pool's time");
    methods.expect("renew", {"192.0.2.3", "a", -1}, "fault 422: ttl");
    methods.expect("releaseAll", {"a"}, "2");
    methods.expect("releaseAll", {"a"}, "0");
}

BOOST_AUTO_TEST_CASE(a_call_ends_however_many_leases_there_are) {
    Methods methods;
    create_pool(methods.connection, {.name = "big", .cidr = Network::parse("10.0.0.0/8")},
                unix_time());
    methods.connection.run("PRAGMA synchronous = OFF");
    constexpr int of_one_call = 256;
    for (int held = 0; held <= 10'000; held += of_one_call) {
        methods.call("allocate", {"big", "a", Struct{{"count", of_one_call}}});
    }
    methods.expect("releaseAll", {"a"}, "10000");
    methods.expect("releaseAll", {"a"}, "240");
}

BOOST_AUTO_TEST_CASE(shows_its_pools) {
    Methods methods;
    methods.call("allocate", {"lab", "a", Struct{{"count", 2}}});
    methods.expect("pools", {},
                   R"([{"name":"lab","cidr":"192.0.2.0/29","reserved":["192.0.2.1"],)"
                   R"("cooldown":0,"ttl":0,"note":"","size":"5","held":2,"free":"3"}])");
}

BOOST_AUTO_TEST_CASE(lets_a_certificate_act_for_itself_only_if_that_is_wanted) {
    Methods methods({.owner_is_cn = true});
    methods.expect("allocate", {"lab", "node-1"}, "[{");
    for (const auto& [method, arguments] :
         {std::pair<const char*, Array>{"allocate", {"lab", "node-2"}},
          {"release", {"192.0.2.2", "node-2"}},
          {"renew", {"192.0.2.2", "node-2", 60}},
          {"releaseAll", {"node-2"}}}) {
        methods.expect(method, arguments, "fault 403: ");
    }
    methods.expect("lookup", {"192.0.2.2"}, "{");
    methods.expect("release", {"192.0.2.2", "node-1"}, "true");
}

BOOST_AUTO_TEST_CASE(says_of_the_database_only_that_it_does_not_answer) {
    Methods methods;
    methods.connection.run("DROP TABLE leases");
    methods.expect("allocate", {"lab", "a"}, "fault 503: The database does not answer.");
    methods.expect("lookup", {"192.0.2.1"}, "fault 503: The database does not answer.");
}

// --- Over TLS -----------------------------------------------------------------------------------

ASYNC_TEST_CASE(serves_whoever_shows_a_certificate_of_its_authority) {
    RpcHouse house;
    RpcServer server(co_await this_coro::executor, house);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-1")});
    const Value leases = co_await proxy.call("ipam.allocate", "lab", "web-1");
    BOOST_TEST(addresses_of(leases) == "192.0.2.1");
    const Value none = co_await proxy.call("ipam.lookup", "192.0.2.6");
    BOOST_TEST((none == Value()), "nil if nobody has it");
    BOOST_TEST(house.changes > 0, "the watchers were not told");
    co_await server.end();
}

ASYNC_TEST_CASE(serves_nobody_else) {
    RpcHouse house;
    RpcServer server(co_await this_coro::executor, house);
    const tls::ClientOptions nobody = {.cacert = house.data / "ca.pem"};
    const std::string without = co_await failure_of_lookup(server.url(), nobody);
    BOOST_TEST(without != "", "whoever shows no certificate was served");

    const fs::path elsewhere = house.folder.file("elsewhere");
    make_data_folder(elsewhere);
    const fs::path foreign = certify(elsewhere, "node-1");
    const std::string other = co_await failure_of_lookup(
        server.url(), {.cacert = house.data / "ca.pem", .cert = foreign, .key = foreign});
    BOOST_TEST(other != "", "a certificate of another authority was good enough");
    const fs::path own = house.data / "server.pem";
    const std::string as_server = co_await failure_of_lookup(
        server.url(), {.cacert = house.data / "ca.pem", .cert = own, .key = own});
    BOOST_TEST(as_server != "", "a server's certificate is none of a client");

    tcp::socket plain = co_await server.connect();
    co_await send_all(plain, "POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    const Received received = co_await receive_to_end(plain);
    BOOST_TEST(received.data.find("HTTP/1.1 200") == received.data.npos);
    const std::string after = co_await failure_of_lookup(server.url(), house.client("node-1"));
    BOOST_TEST(after == "", "the next client is not served: " << after);
    co_await server.end();
}

ASYNC_TEST_CASE(logs_who_has_called_what) {
    RpcHouse house;
    RpcServer server(co_await this_coro::executor, house);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-7")});
    const Log log;
    co_await proxy.call("ipam.pools");
    BOOST_CHECK_THROW(co_await proxy.call("ipam.allocate", "none", "a"), xml_rpc::Fault);
    BOOST_CHECK_THROW(co_await proxy.call("no\nsuch"), xml_rpc::Fault);
    const std::string text = log.text();
    BOOST_TEST(text.find("127.0.0.1 ipam.pools ok ") != text.npos, text);
    BOOST_TEST(text.find("127.0.0.1 ipam.allocate fault 404 ") != text.npos, text);
    BOOST_TEST(text.find("127.0.0.1 - fault -32601 ") != text.npos,
               "what a peer makes up is not logged: " << text);
    BOOST_TEST(text.find("name=node-7") != text.npos, text);
    co_await server.end();
}

ASYNC_TEST_CASE(knows_a_callers_name) {
    RpcHouse house({.owner_is_cn = true});
    RpcServer server(co_await this_coro::executor, house);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-1")});
    const Value own = co_await proxy.call("ipam.allocate", "lab", "node-1");
    BOOST_TEST(addresses_of(own) == "192.0.2.1");
    std::int64_t code = 0;
    try {
        co_await proxy.call("ipam.allocate", "lab", "node-2");
    } catch (const xml_rpc::Fault& fault) {
        code = fault.code;
    }
    BOOST_TEST(code == 403, "the certificate is for node-1");
    co_await server.end();
}

ASYNC_TEST_CASE(makes_many_calls_in_one_request) {
    RpcHouse house({.max_calls = 4});
    RpcServer server(co_await this_coro::executor, house);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-1")});
    Array calls = {call_of("ipam.allocate", {"lab", "a"}), call_of("ipam.allocate", {"none", "a"}),
                   call_of("ipam.allocate", {"lab", "b"}), call_of("ipam.lookup", {"192.0.2.2"})};
    const Value outcomes = co_await proxy.call("system.multicall", calls);
    const Array& all = *outcomes.get_if<Array>();
    BOOST_TEST_REQUIRE(all.size() == 4U);
    BOOST_TEST(addresses_of(all[0].get_if<Array>()->front()) == "192.0.2.1");
    BOOST_TEST(shown(all[1], "faultCode") == "404", "one fails, and the others go on");
    BOOST_TEST(addresses_of(all[2].get_if<Array>()->front()) == "192.0.2.2");
    BOOST_TEST(shown(all[3].get_if<Array>()->front(), "owner") == R"("b")");
    calls.emplace_back(call_of("ipam.pools", {}));
    BOOST_CHECK_THROW(co_await proxy.call("system.multicall", std::move(calls)), xml_rpc::Fault);
    co_await server.end();
}

ASYNC_TEST_CASE(says_what_can_be_called) {
    RpcHouse house;
    RpcServer server(co_await this_coro::executor, house);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-1")});
    const Value names = co_await proxy.call("system.listMethods");
    BOOST_TEST(xml_rpc::to_json(names) ==
               R"(["ipam.allocate","ipam.lookup","ipam.pools","ipam.release","ipam.releaseAll",)"
               R"("ipam.renew","system.listMethods","system.methodHelp",)"
               R"("system.methodSignature","system.multicall"])");
    const Value signature = co_await proxy.call("system.methodSignature", "ipam.allocate");
    BOOST_TEST(xml_rpc::to_json(signature) ==
               R"([["array","string","string"],["array","string","string","struct"]])");
    for (const Value& name : *names.get_if<Array>()) {
        const Value help = co_await proxy.call("system.methodHelp", name);
        BOOST_TEST(help.get_if<std::string>()->ends_with('.'), "help is a sentence");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(says_503_if_the_database_takes_too_long) {
    RpcHouse house({}, 200ms);
    RpcServer server(co_await this_coro::executor, house);
    const auto other = rest_api::open_database((house.data / "ipam.db").string(), migrations());
    const rest_api::Transaction transaction(  // while it lives, nobody else writes
        *other, rest_api::Transaction::Kind::write);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-1")});
    std::string failure;
    try {
        co_await proxy.call("ipam.allocate", "lab", "a");
    } catch (const xml_rpc::Fault& fault) {
        failure = fault.what();
    }
    BOOST_TEST(failure == "fault 503: The database does not answer.");
    co_await server.end();
}

ASYNC_TEST_CASE(does_nothing_more_for_whoever_was_told_503) {
    RpcHouse house({}, 200ms);
    RpcServer server(co_await this_coro::executor, house);
    const auto other = rest_api::open_database((house.data / "ipam.db").string(), migrations());
    std::optional<rest_api::Transaction> transaction(std::in_place, *other,
                                                     rest_api::Transaction::Kind::write);
    xml_rpc::Proxy proxy(server.url(), {.tls = house.client("node-1")});
    const Array calls(3, call_of("ipam.allocate", {"lab", "a"}));
    BOOST_CHECK_THROW(co_await proxy.call("system.multicall", calls), xml_rpc::Fault);
    transaction.reset();  // now it could go on
    Value pools;
    const Waiting waiting("the database, which the multicall still has");
    while (pools == Value()) {
        try {
            pools = co_await proxy.call("ipam.pools");
        } catch (const xml_rpc::Fault& fault) {
            BOOST_TEST(fault.code == 503);
        }
    }
    BOOST_TEST(shown(pools.get_if<Array>()->front(), "held") == "0",
               "leases that nobody knows of: the calls went on after the first had failed");
    co_await server.end();
}

ASYNC_TEST_CASE(finishes_the_call_at_hand) {
    RpcHouse house;
    RpcServer server(co_await this_coro::executor, house);
    const tls::ClientTrust trust(house.client("node-1"));
    const auto stream = co_await tls::connect_tls(server.address(), "localhost", trust);
    std::string document;
    xml_rpc::write_call(document, "ipam.pools", {});
    const std::string request = "POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                                std::to_string(document.size()) + "\r\n\r\n" + document;
    const std::string end = request.substr(request.size() - 5);
    const std::string begin = request.substr(0, request.size() - 5);
    const asio::const_buffer most = asio::buffer(begin);
    co_await stream->write({&most, 1});
    co_await settle();
    server.stop();
    const asio::const_buffer rest = asio::buffer(end);
    co_await stream->write({&rest, 1});
    std::string response;
    for (error_code error; !error;) {
        const Waiting waiting("the response to the call at hand");
        std::array<char, 1000> buffer{};
        std::size_t size = 0;
        std::tie(error, size) = co_await stream->read_some(asio::buffer(buffer));
        response.append(buffer.data(), size);
    }
    BOOST_TEST(response.starts_with("HTTP/1.1 200 OK"), response);
    BOOST_TEST(response.find("192.0.2.0/29") != response.npos, response);
    co_await server.join();
}

BOOST_AUTO_TEST_SUITE_END()
