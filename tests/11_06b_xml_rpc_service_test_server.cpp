// Recipe 11.6b over loopback: what HTTP decides, and the whole service.
#include <algorithm>
#include <any>
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_06_xml_rpc/proxy.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_06b_xml_rpc_service/client.hpp"
#include "11_06b_xml_rpc_service/xml_rpc_service.hpp"
#include "11_06b_xml_rpc_service_callers.hpp"
#include "11_10_tls_server.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc_service;
using namespace cookbook::testing;
using namespace std::string_literals;
using xml_rpc::Proxy;

const std::string right = http_client::basic_credentials({"guido", "peekaboo"});
const std::string wrong = http_client::basic_credentials({"guido", "peekabo"});

/// Guido is an admin.
const Users& example_users() {
    static const Users users = Users::parse(
        user_line("guido", {.roles = {"admin"}, .password = hash_password("peekaboo")}));
    return users;
}

/// What a server needs to live as long.
struct ServiceOwner {
    Service service;
};

/// A RunningServer of a Service.
class ServiceServer : ServiceOwner, public RunningServer {
public:
    explicit ServiceServer(const asio::any_io_executor& executor, ServiceOptions options = {},
                           http::MakeStream make_stream = http::plain_stream,
                           const std::string& host = "127.0.0.1")
        : ServiceOwner{Service(std::move(options))},
          RunningServer(executor, {host, 0}, [&](tcp::acceptor acceptor) {
              return service.serve(std::move(acceptor), make_stream);
          }) {}

    [[nodiscard]] std::string url() const { return "http://" + to_string(endpoint()) + "/RPC2"; }
};

ServiceOptions with_access(AccessOptions access) {
    return {.access = std::move(access)};
}

std::string request_of(const std::string& method, const Array& params = {},
                       const std::string& fields = "", const std::string& path = "/RPC2") {
    std::string document;
    xml_rpc::write_call(document, method, params);
    return "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + fields +
           "Content-Length: " + std::to_string(document.size()) + "\r\n\r\n" + document;
}

/// What a response says: its status; of 200, the result as JSON.
std::string said(const std::string& response) {
    if (status_of(response) != "200") {
        return std::string(status_of(response));
    }
    return xml_rpc::message_to_json(xml_rpc::Reader().read(body_of(response)));
}

asio::awaitable<std::string> ask_service(const ServiceServer& server, std::string method,
                                         Array params = {}, std::string fields = "") {
    const std::string response =
        co_await exchange(server.endpoint(), request_of(method, params, fields));
    co_return said(response);
}

/// A request with this Authorization, on a connection of its own.
class AuthorizedRequest {
public:
    explicit AuthorizedRequest(std::string authorization)
        : value_(std::move(authorization)),
          fields_({{http::field::authorization, "Authorization", value_}}) {
        request.fields = fields_;
        request.session = &session_;
    }
    AuthorizedRequest(const AuthorizedRequest&) = delete;
    AuthorizedRequest& operator=(const AuthorizedRequest&) = delete;

    http::Request request;

private:
    std::string value_;
    std::vector<http::Field> fields_;
    std::any session_;
};

/// The status with which the gate refuses a request; 200 if it does not.
asio::awaitable<void> try_gate(Gate& gate, AuthorizedRequest& request, std::vector<int>& statuses) {
    const auto roles = co_await gate.authenticate(request.request);
    statuses.push_back(roles ? 200 : static_cast<int>(roles.error().status));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_service_server)

// --- HTTP ----------------------------------------------------------------------------------------

ASYNC_TEST_CASE(takes_calls_on_two_paths) {
    ServiceServer server(co_await this_coro::executor);
    for (const std::string path : {"/RPC2", "/xmlrpc", "/RPC2?a=b"}) {
        const std::string response =
            co_await exchange(server.endpoint(), request_of("calculator.add", {2, 3}, "", path));
        BOOST_TEST(said(response) == R"({"params":[5]})", path << " is a path of ours");
    }
    for (const std::string path : {"/", "/rpc2", "/RPC2/", "/%52PC2", "/XMLRPC", "/../RPC2"}) {
        const std::string response =
            co_await exchange(server.endpoint(), request_of("calculator.add", {2, 3}, "", path));
        BOOST_TEST(status_of(response) == "404", path << " is not a path of ours");
    }
    const std::string get = co_await exchange(
        server.endpoint(), "GET /RPC2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    BOOST_TEST(status_of(get) == "405");
    BOOST_TEST(co_await ask_service(server, "none") ==
               R"({"fault":{"code":-32601,"string":"no method none"}})");
    co_await server.end();
}

ASYNC_TEST_CASE(serves_ipv6) {
    ServiceServer server(co_await this_coro::executor, {}, http::plain_stream, "::1");
    BOOST_TEST(co_await ask_service(server, "calculator.add", {2, 3}) == R"({"params":[5]})");
    co_await server.end();
}

ASYNC_TEST_CASE(admits_peers_by_their_address) {
    AccessOptions access;
    access.admission.deny = {cidr_addresses::Network::parse("127.0.0.0/8")};
    ServiceServer server(co_await this_coro::executor, with_access(access));
    tcp::socket client = co_await server.connect();
    co_await send_all(client,
                      "POST /RPC2 HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1\r\n"
                      "Forwarded: for=192.0.2.1\r\nContent-Length: 1000000\r\n\r\n");
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(status_of(received.data) == "403",
               "the socket's peer counts, whatever a field says; and no body is waited for");
    BOOST_TEST((received.error == asio::error::eof), "the connection is closed");
    client.close();
    co_await server.end();
}

ASYNC_TEST_CASE(asks_for_a_password_before_it_reads_the_body) {
    ServiceServer server(co_await this_coro::executor, with_access({.users = example_users()}));
    for (const std::string& authorization : {wrong, "Basic x"s, "Bearer x"s, ""s}) {
        tcp::socket client = co_await server.connect();
        co_await send_all(client, "POST /RPC2 HTTP/1.1\r\nHost: h\r\nAuthorization: " +
                                      authorization + "\r\nContent-Length: 1000000\r\n\r\n");
        const Received received = co_await receive_to_end(client);
        BOOST_TEST(status_of(received.data) == "401", "a wrong password, before the body has come");
        BOOST_TEST(received.data.find("\r\nWWW-Authenticate: Basic realm=\"") != std::string::npos,
                   "401 says how to do better (RFC 9110, 15.5.2)");
    }
    const std::string twice = "Authorization: " + right + "\r\nAuthorization: " + right + "\r\n";
    BOOST_TEST(co_await ask_service(server, "system.time", {}, twice) == "401",
               "of two nobody knows which one is meant");
    co_await server.end();
}

ASYNC_TEST_CASE(a_password_brings_roles) {
    ServiceServer server(co_await this_coro::executor, with_access({.users = example_users()}));
    BOOST_TEST(
        (co_await ask_service(server, "system.info")).starts_with(R"({"fault":{"code":403,)"));
    const std::string info =
        co_await ask_service(server, "system.info", {}, "Authorization: " + right + "\r\n");
    BOOST_TEST(info.starts_with(R"({"params":[{"platform":)"), "it was " << info);
    Proxy proxy(server.url(), {.credentials = http_client::Credentials{"guido", "peekaboo"}});
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST((co_await proxy.call<Struct>("system.info")).size() == 5U);
    }
    Proxy stranger(server.url(), {.credentials = http_client::Credentials{"guido", "x"}});
    try {
        co_await stranger.call("system.time");
        BOOST_ERROR("a wrong password was let in");
    } catch (const std::exception& failure) {
        BOOST_TEST(describe(failure).find("401") != std::string::npos);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(callers_without_a_name_have_the_roles_they_are_given) {
    ServiceServer server(co_await this_coro::executor, with_access({.anonymous = {"files"}}));
    BOOST_TEST((co_await ask_service(server, "file.list")).starts_with(R"({"fault":{"code":3,)"),
               "files is its role");
    BOOST_TEST(
        (co_await ask_service(server, "system.info")).starts_with(R"({"fault":{"code":403,)"),
        "and no other");
    co_await server.end();
}

ASYNC_TEST_CASE(knows_a_connection_again) {
    Gate gate({.users = example_users(), .anonymous = {"files"}});
    AuthorizedRequest request(right);
    BOOST_TEST(gate.roles_of(request.request) == nullptr, "nobody has checked it yet");
    std::vector<int> statuses;
    co_await try_gate(gate, request, statuses);
    const Roles* roles = gate.roles_of(request.request);
    BOOST_TEST_REQUIRE(roles != nullptr, "it was right, and is known again");
    BOOST_TEST(roles->contains("admin"));
    AuthorizedRequest elsewhere(right);
    BOOST_TEST(gate.roles_of(elsewhere.request) == nullptr, "another connection is another's");
    AuthorizedRequest other(wrong);
    other.request.session = request.request.session;
    BOOST_TEST(gate.roles_of(other.request) == nullptr, "another Authorization is checked anew");
    co_await try_gate(gate, other, statuses);
    BOOST_TEST((statuses == std::vector<int>{200, 401}));
    BOOST_TEST(gate.roles_of(other.request) == nullptr, "a wrong one is not remembered");
    http::Request nameless;
    BOOST_TEST(gate.roles_of(nameless) != nullptr, "no Authorization needs no check");
}

ASYNC_TEST_CASE(refuses_to_check_too_many_passwords) {
    Gate gate({.users = example_users()});
    AuthorizedRequest request(wrong);
    std::vector<int> statuses;
    TaskGroup group(co_await this_coro::executor);
    for (int i = 0; i < 20; ++i) {
        group.spawn(try_gate(gate, request, statuses));
    }
    co_await group.join();
    BOOST_TEST(std::ranges::count(statuses, 503) == 2, "two are checked, sixteen wait, no more");
    BOOST_TEST(std::ranges::count(statuses, 401) == 18);
    BOOST_TEST(statuses.front() == 503, "who cannot wait hears it at once");
    co_await try_gate(gate, request, statuses);
    BOOST_TEST(statuses.back() == 401, "afterwards there is room again");
}

ASYNC_TEST_CASE(calls_have_a_rate) {
    ServiceServer server(co_await this_coro::executor,
                         with_access({.rate = {.rate = 1, .burst = 3}}));
    int calls = -1;
    std::string response;
    do {  // a busy machine may take a second for some, and so gets a few more
        const std::string field = "X-Forwarded-For: 192.0.2." + std::to_string(++calls) + "\r\n";
        response =
            co_await exchange(server.endpoint(), request_of("calculator.add", {2, 3}, field));
    } while (status_of(response) == "200" && calls < 100);
    BOOST_TEST(status_of(response) == "429",
               "a peer's calls count together, whatever a field says");
    BOOST_TEST(calls >= 3, "a burst of three has three calls");
    BOOST_TEST(response.find("\r\nRetry-After: 1\r\n") != response.npos,
               "429 says how long to wait, in whole seconds");
    co_await advance(1s);
    BOOST_TEST(co_await ask_service(server, "calculator.add", {2, 3}) == R"({"params":[5]})");
    co_await server.end();
}

ASYNC_TEST_CASE(each_call_within_a_multicall_counts) {
    ServiceServer server(co_await this_coro::executor,
                         with_access({.rate = {.rate = 1, .burst = 5}}));
    const Array calls(200, Value(call_of("calculator.add", {2, 3})));
    const std::string outcomes =
        co_await ask_service(server, "system.multicall", multicall_of(calls));
    BOOST_TEST(outcomes.starts_with(R"({"params":[[[5],[5],[5],[5],[5],)"), "it was " << outcomes);
    const std::size_t refused = count_of(R"({"faultCode":429,)", outcomes);
    BOOST_TEST(refused > 100U,
               "a multicall must not lead around the rate: only " << refused << " were refused");
    BOOST_TEST(refused <= 195U);
    co_await server.end();
}

// --- The end -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(shutdown_is_responded_to_first) {
    ServiceServer server(co_await this_coro::executor, with_access({.anonymous = {"admin"}}));
    tcp::socket idle = co_await server.connect();
    BOOST_TEST(co_await ask_service(server, "system.shutdown") == R"({"params":[true]})",
               "the call that ends the server has a result");
    co_await expect_eof(idle, "a connection without a request ends at once");
    co_await server.join();
    BOOST_TEST(server.stopped());
    BOOST_CHECK_THROW(co_await server.connect(), boost::system::system_error);
}

ASYNC_TEST_CASE(shutdown_waits_for_others) {
    ServiceServer server(co_await this_coro::executor, with_access({.anonymous = {"admin"}}));
    tcp::socket slow = co_await server.connect();
    const std::string call = request_of("calculator.add", {2, 3});
    co_await send_all(slow, call.substr(0, call.size() - 5));
    co_await settle();
    BOOST_TEST(co_await ask_service(server, "system.shutdown") == R"({"params":[true]})");
    co_await send_all(slow, call.substr(call.size() - 5));
    const Received received = co_await receive_to_end(slow);
    BOOST_TEST(said(received.data) == R"({"params":[5]})", "the call at hand is finished");
    co_await server.join();
}

ASYNC_TEST_CASE(a_stopped_service_finishes_the_call_at_hand) {
    ServiceServer server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    const std::string call = request_of("calculator.add", {2, 3});
    co_await send_all(client, call.substr(0, call.size() - 5));
    co_await settle();
    server.stop();
    co_await send_all(client, call.substr(call.size() - 5));
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(said(received.data) == R"({"params":[5]})", "the call at hand is finished");
    co_await server.join();
}

ASYNC_TEST_CASE(serves_over_tls_alone) {
    const Certificates certificates;
    tls::ServerCredentials credentials(certificates.server());
    ServiceServer server(co_await this_coro::executor, {}, tls::over_tls(credentials));
    Proxy proxy("https://localhost:" + std::to_string(server.endpoint().port()) + "/RPC2",
                {.tls = certificates.client()});
    BOOST_TEST(co_await proxy.call<int>("calculator.add", 2, 3) == 5);
    BOOST_TEST(co_await ask_service(server, "calculator.add", {2, 3}) == "",
               "with a certificate there is no HTTP without TLS");
    co_await server.end();
}

// --- The service as a whole ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(has_the_methods_that_it_should_have) {
    Service service({});
    const std::vector<std::string> expected = {"calculator.add",
                                               "calculator.divide",
                                               "calculator.multiply",
                                               "calculator.subtract",
                                               "file.info",
                                               "file.list",
                                               "string.lowercase",
                                               "string.reverse",
                                               "string.uppercase",
                                               "system.echo",
                                               "system.info",
                                               "system.listMethods",
                                               "system.methodHelp",
                                               "system.methodSignature",
                                               "system.multicall",
                                               "system.shutdown",
                                               "system.time",
                                               "validator1.arrayOfStructsTest",
                                               "validator1.countTheEntities",
                                               "validator1.easyStructTest",
                                               "validator1.echoStructTest",
                                               "validator1.manyTypesTest",
                                               "validator1.moderateSizeArrayCheck",
                                               "validator1.nestedStructTest",
                                               "validator1.simpleStructReturnTest"};
    std::vector<std::string> names;
    for (const auto& [name, entry] : service.table().entries()) {
        names.push_back(name);
    }
    BOOST_TEST(names == expected, boost::test_tools::per_element());
    BOOST_CHECK_THROW(Service({.root = "/none"}), std::system_error);
}

ASYNC_TEST_CASE(confines_callers_to_its_root) {
    const RootFolder folder;
    folder.link("../root-sibling", "out");
    ServiceOptions options = with_access({.anonymous = {"files"}});
    options.root = folder.root();
    ServiceServer server(co_await this_coro::executor, std::move(options));
    BOOST_TEST(co_await ask_service(server, "file.list") ==
               R"({"params":[["100%","a.txt","folder","out"]]})");
    for (const std::string path : {"out/secret", "../root-sibling/secret", "/etc/passwd"}) {
        BOOST_TEST(co_await ask_service(server, "file.info", {path}) ==
                       R"({"fault":{"code":2,"string":"the path leads out of the root"}})",
                   path << " leads out");
    }
    co_await server.end();
}

// --- The client's lines --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_a_call_from_a_line) {
    BOOST_TEST(xml_rpc::to_json(parse_call(R"(["add", 1, [2.5, null]])")) ==
               R"({"methodName":"add","params":[1,[2.5,null]]})");
    BOOST_TEST(xml_rpc::to_json(parse_call(R"(["f"])")) == R"({"methodName":"f","params":[]})");
    for (const std::string line : {"", "add", "5", "[]", "[5]", "{}", R"("add")", R"(["a")"}) {
        BOOST_CHECK_THROW(static_cast<void>(parse_call(line)), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_SUITE_END()
