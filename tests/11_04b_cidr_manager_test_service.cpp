// 11.4b CIDR manager: the server over loopback, and its client.
#include <fcntl.h>
#include <unistd.h>

#include <boost/algorithm/string/replace.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/client.hpp"
#include "11_04b_cidr_manager/response_count.hpp"
#include "11_04b_cidr_manager_plan.hpp"
#include "11_04b_cidr_manager_server.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/output.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::cidr_manager;
using namespace cookbook::cidr_manager::testing;
using namespace cookbook::testing;

namespace {

const std::string line_rule = "each line of a request is answered by one line, in order";

asio::awaitable<void> expect_answer(tcp::socket& client, std::string request,
                                    std::string response) {
    co_await send_all(client, json_line(request) + "\n");
    co_await expect(client, json_line(response) + "\n", line_rule);
}

asio::awaitable<void> expect_service(PlanServer& server) {
    tcp::socket client = co_await server.connect();
    co_await expect_answer(client, "{'op':'collapse','networks':['10.0.0.0/8']}",
                           "{'result':['10.0.0.0/8']}");
}

/// A whole client: what it has thrown, and what it has printed.
struct Visit {
    std::string error;
    std::string output;
};

asio::awaitable<Visit> visit_with(HostPort server, Texts requests, int input = -1) {
    const Output output;
    Visit visit;
    try {
        const Waiting waiting("the client");
        co_await send_requests(server, std::move(requests), input, output.file(), 5s);
    } catch (const std::exception& failure) {
        visit.error = failure.what();
    }
    visit.output = output.text();
    co_return visit;
}

asio::awaitable<void> answer_one_line(tcp::acceptor acceptor) {
    tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(peer, std::string("{\"result\":1}\n"));
    co_await receive_to_end(peer);
}

asio::awaitable<void> call_into(HostPort server, std::chrono::seconds limit, std::string& error) {
    try {
        co_await call(std::move(server), {{"op", "list"}}, limit);
    } catch (const std::exception& failure) {
        error = failure.what();
    }
}

/// Gives each of the responses to a client of its own.
asio::awaitable<void> answer_with(tcp::acceptor acceptor, Texts responses) {
    for (const std::string& response : responses) {
        tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
        co_await send_all(peer, json_line(response) + "\n");
        co_await receive_to_end(peer);
    }
}

/// What a client says that takes all of these for its list; PEER is the server.
asio::awaitable<Visit> list_from(Texts responses) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    TaskGroup server(acceptor.get_executor());
    server.spawn(answer_with(std::move(acceptor), std::move(responses)));
    const Output output;
    Visit visit;
    try {
        const Waiting waiting("a list");
        co_await list_allocations(address, "", output.file(), 5s);
    } catch (const std::exception& failure) {
        visit.error = failure.what();
        boost::replace_all(visit.error, to_string(address), "PEER");
    }
    visit.output = output.text();
    co_await server.join();
    co_return visit;
}

/// The network that a client gets of a response, or what it says.
asio::awaitable<std::string> network_from(std::string response) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    TaskGroup server(acceptor.get_executor());
    server.spawn(answer_with(std::move(acceptor), {std::move(response)}));
    std::string network;
    try {
        network = co_await call_for_network(
            address, {{"op", "find"}, {"pool", "10.0.0.0/8"}, {"prefix", 24}}, 5s);
    } catch (const std::exception& failure) {
        network = failure.what();
        boost::replace_all(network, to_string(address), "PEER");
    }
    co_await server.join();
    co_return network;
}

/// The read end of a pipe that has the text.
class Input {
public:
    explicit Input(const std::string& text) {
        int ends[2] = {-1, -1};
        BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        BOOST_TEST_REQUIRE(::write(ends[1], text.data(), text.size()) ==
                           static_cast<ssize_t>(text.size()));
        ::close(ends[1]);
        descriptor_ = ends[0];
    }
    ~Input() { ::close(descriptor_); }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    int descriptor_ = -1;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_manager_service)

ASYNC_TEST_CASE(answers_lines_in_order) {
    PlanServer server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    co_await send_all(client, json_line("{'id':1,'op':'allocate','pool':'10.0.0.0/8','prefix':9}\n"
                                        "{'id':2,'op':'next','address':'::','count':1}\n"
                                        "nonsense\n"
                                        "{'id':3,'op':'find','pool':'10.0.0.0/8','prefix':9}\n"
                                        "{'id':4,'op':'release','network':'10.0.0.0/9'}\n"
                                        "\n"
                                        "{'id':5,'op':'find','pool':'10.0.0.0/8','prefix':9}"));
    client.shutdown(tcp::socket::shutdown_send);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(
        received.data == json_line("{'id':1,'result':{'network':'10.0.0.0/9','pool':'10.0.0.0/8',"
                                   "'owner':''}}\n"
                                   "{'id':2,'result':['::']}\n"
                                   "{'error':'not JSON: syntax error'}\n"
                                   "{'id':3,'result':'10.128.0.0/9'}\n"
                                   "{'id':4,'result':{'network':'10.0.0.0/9','pool':'10.0.0.0/8',"
                                   "'owner':''}}\n"
                                   "{'error':'not JSON: incomplete JSON'}\n"
                                   "{'id':5,'result':'10.0.0.0/9'}\n"),
        line_rule << "; it answered " << received.data);
    BOOST_TEST(received.error == asio::error::eof, "it ends when all is answered");
    co_await server.end();
}

ASYNC_TEST_CASE(lines_in_pieces_are_lines) {
    PlanServer server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    const std::string line = json_line("{'op':'collapse','networks':['10.0.0.0/8']}\n");
    for (const char byte : line + line) {
        co_await send_all(client, std::string(1, byte));
    }
    const std::string response = json_line("{'result':['10.0.0.0/8']}\n");
    co_await expect(client, response + response, line_rule);
    client.close();
    co_await server.end();
}

ASYNC_TEST_CASE(a_line_that_is_too_long_is_refused) {
    PlanServer server(co_await this_coro::executor, {.max_line = 100});
    tcp::socket client = co_await server.connect();
    const std::string request = json_line("{'op':'collapse','networks':[]}");
    co_await send_all(client, request + std::string(100 - request.size(), ' ') + "\n");
    co_await expect(client, json_line("{'result':[]}\n"), "a line of just 100 bytes is allowed");
    co_await send_all(client, std::string(5000, 'x'));
    co_await expect(client, json_line("{'error':'a request must have at most 100 bytes'}\n"),
                    "the peer is told why it is disconnected");
    co_await expect_eof(client, "where the next line would begin, nobody knows");
    client.close();
    co_await expect_service(server);
    co_await server.end();
}

ASYNC_TEST_CASE(disconnects_a_silent_peer) {
    PlanServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 50ms}});
    tcp::socket client = co_await server.connect();
    co_await expect_eof(client, "a peer that asks nothing for the idle timeout is disconnected");
    co_await server.end();
}

ASYNC_TEST_CASE(disconnects_a_peer_whose_line_does_not_end) {
    PlanServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 100ms}});
    tcp::socket client = co_await server.connect();
    error_code gone;
    {
        const Waiting waiting("the server to disconnect a peer whose line does not end");
        for (; !gone; co_await pass(std::chrono::milliseconds(5))) {
            asio::write(client, asio::buffer("x", 1), gone);
        }
    }
    BOOST_TEST(gone.failed(), "a byte now and then must not hold a connection for ever");
    co_await server.end();
}

ASYNC_TEST_CASE(disconnects_a_peer_that_takes_nothing) {
    PlanServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 200ms}});
    tcp::socket client = co_await server.connect();
    client.non_blocking(true);
    const std::string request = json_line("{'op':'split','network':'10.0.0.0/8','prefix':24}\n");
    const Waiting waiting("the server to disconnect a peer that takes no responses");
    for (error_code gone; gone != asio::error::broken_pipe && gone != asio::error::connection_reset;
         co_await pass(std::chrono::milliseconds(5))) {
        client.write_some(asio::buffer(request), gone);
    }
    hold();
    co_await server.end();
}

ASYNC_TEST_CASE(serves_others_while_one_asks_much) {
    PlanServer server(co_await this_coro::executor);
    tcp::socket greedy = co_await server.connect();
    std::string requests;
    for (int n = 0; n < 200; ++n) {
        requests += json_line("{'op':'split','network':'10.0.0.0/8','prefix':22}\n");
    }
    co_await send_all(greedy, requests);
    co_await expect_service(server);
    reset(greedy);  // or the server would wait for it to take its responses
    co_await server.end();
}

ASYNC_TEST_CASE(further_clients_wait) {
    PlanServer server(co_await this_coro::executor, {.limits = {.max_connections = 1}});
    tcp::socket first = co_await server.connect();
    co_await expect_answer(first, "{'op':'find','pool':'10.0.0.0/8','prefix':9}",
                           "{'result':'10.0.0.0/9'}");
    tcp::socket second = co_await server.connect();
    co_await send_all(second, json_line("{'op':'find','pool':'10.0.0.0/8','prefix':9}\n"));
    first.close();
    co_await expect(second, json_line("{'result':'10.0.0.0/9'}\n"),
                    "a client beyond the limit is served when another has left");
    second.close();
    co_await server.end();
}

ASYNC_TEST_CASE(survives_peers_that_vanish) {
    PlanServer server(co_await this_coro::executor);
    for (int n = 0; n < 5; ++n) {
        tcp::socket client = co_await server.connect();
        co_await send_all(client, json_line("{'op':'allocate','pool':'10.0.0.0/8','prefix':24}\n"
                                            "{'op':'list'}\n"));
        reset(client);
    }
    co_await expect_service(server);
    co_await server.end();
}

ASYNC_TEST_CASE(pauses_when_descriptors_run_out_and_goes_on) {
    PlanServer server(co_await this_coro::executor);
    tcp::socket client = co_await connect_without_descriptors(server.server().endpoint());
    co_await expect_answer(client, "{'op':'collapse','networks':[]}", "{'result':[]}");
    client.close();
    co_await server.end();
}

ASYNC_TEST_CASE(serves_over_ipv6) {
    PlanServer server(co_await this_coro::executor, {}, "::1");
    co_await expect_service(server);
    co_await server.end();
}

ASYNC_TEST_CASE(finishes_what_was_asked_when_stopped) {
    PlanServer server(co_await this_coro::executor);
    tcp::socket idle = co_await server.connect();
    co_await expect_answer(idle, "{'op':'collapse','networks':[]}", "{'result':[]}");
    tcp::socket busy = co_await server.connect();
    server.folder().take_calls();
    server.folder().close_gate("sync plan");
    co_await send_all(busy, json_line("{'op':'allocate','pool':'10.0.0.0/8','prefix':24}\n"));
    co_await until([&] { return server.folder().count("sync plan") > 0; }, "the plan to be synced");
    server.stop();
    co_await expect_eof(idle, "a connection that asks nothing is closed at once");
    server.folder().open_gate();
    co_await expect(busy,
                    json_line("{'result':{'network':'10.0.0.0/24','pool':'10.0.0.0/8',"
                              "'owner':''}}\n"),
                    "a change that is on its way is finished, and its client told");
    co_await expect_eof(busy, "then it is closed, too");
    idle.close();
    busy.close();
    co_await server.end();
}

ASYNC_TEST_CASE(loses_no_response_of_a_client_that_asks_on_when_it_stops) {
    PlanServer server(co_await this_coro::executor);
    tcp::socket client = co_await server.connect();
    server.folder().take_calls();
    server.folder().close_gate("sync plan");
    co_await send_all(client, json_line("{'op':'allocate','pool':'10.0.0.0/8','prefix':24}\n"));
    co_await until([&] { return server.folder().count("sync plan") > 0; }, "the plan to be synced");
    server.stop();
    co_await send_all(client, json_line("{'op':'list'}\n"));
    server.folder().open_gate();
    co_await expect(client,
                    json_line("{'result':{'network':'10.0.0.0/24','pool':'10.0.0.0/8',"
                              "'owner':''}}\n"),
                    "a change that is on its way is finished, and its client told");
    co_await expect_eof(client,
                        "a connection that is closed with lines unread is reset, and responses "
                        "that the client has not read yet are lost");
    client.close();
    co_await server.end();
}

// --- The client
// -----------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_client_gets_results_and_errors) {
    PlanServer server(co_await this_coro::executor);
    const HostPort address = server.server().address();
    const auto found =
        co_await call(address, {{"op", "find"}, {"pool", "10.0.0.0/8"}, {"prefix", 24}}, 5s);
    BOOST_TEST(found.as_string() == "10.0.0.0/24");
    std::string error;
    try {
        co_await call(address, {{"op", "release"}, {"network", "10.0.0.0/24"}}, 5s);
    } catch (const std::runtime_error& refusal) {
        error = refusal.what();
    }
    BOOST_TEST(error == "10.0.0.0/24 is not allocated");
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_says_which_server_is_silent) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    std::string error;
    TaskGroup group(acceptor.get_executor());
    group.spawn(call_into(address, 60s, error));
    tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
    co_await expect(peer, "{\"op\":\"list\"}\n", "a call is a line");
    co_await advance(61s);
    co_await group.join();
    BOOST_TEST(error == "receive from " + to_string(address) + ": Connection timed out");
}

ASYNC_TEST_CASE(a_client_that_is_interrupted_is_cancelled) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    bool cancelled = false;
    const auto ask = [&]() -> asio::awaitable<void> {
        try {
            co_await call(address, {{"op", "list"}}, 60s);
        } catch (const std::exception& failure) {
            cancelled = is_cancellation(failure);
        }
    };
    TaskGroup group(acceptor.get_executor());
    group.spawn(ask());
    tcp::socket peer = co_await acceptor.async_accept(use_awaitable);
    co_await expect(peer, "{\"op\":\"list\"}\n", "a call is a line");
    group.cancel();
    co_await group.join();
    BOOST_TEST(cancelled, "Ctrl-C is no error of the server's");
}

ASYNC_TEST_CASE(a_client_names_the_server_whose_response_is_none) {
    for (const char* response :
         {"nonsense", "[]", "{}", "{'error':7}", "{'result':7}", "{'result':{}}",
          "{'result':{'allocations':7,'more':false}}", "{'result':{'allocations':[],'more':7}}",
          "{'result':{'allocations':[7],'more':false}}",
          "{'result':{'allocations':[{'network':'x','owner':''}],'more':false}}",
          "{'result':{'allocations':[{'network':'10.0.0.0/24'}],'more':false}}"}) {
        const Visit visit = co_await list_from({response});
        BOOST_TEST(visit.error == "PEER: not a response", response << ": " << visit.error);
        BOOST_TEST(visit.output == "");
    }
    BOOST_TEST(co_await network_from("{'result':'10.0.0.0/24'}") == "10.0.0.0/24");
    BOOST_TEST(co_await network_from("{'result':{'network':'10.0.0.0/24'}}") == "10.0.0.0/24");
    BOOST_TEST(co_await network_from("{'result':null}") == "no room in 10.0.0.0/8");
    BOOST_TEST(co_await network_from("{'result':{}}") == "PEER: not a response");
    BOOST_TEST(co_await network_from("{'result':'\\u001b[31m'}") == "PEER: not a response");
}

ASYNC_TEST_CASE(a_client_reads_no_list_without_an_end) {
    const std::string one =
        "{'result':{'allocations':[{'network':'10.0.0.0/24','owner':'bob'}],'more':true}}";
    for (const std::string& next :
         {std::string("{'result':{'allocations':[],'more':true}}"), one}) {
        const Visit visit = co_await list_from({one, next});
        BOOST_TEST(visit.error == "PEER: not a response",
                   "a page with nothing new, and more to come, may be followed by such pages for "
                   "ever: "
                       << visit.error);
        BOOST_TEST(visit.output == "10.0.0.0/24 bob\n");
    }
}

ASYNC_TEST_CASE(an_owner_does_nothing_to_the_terminal) {
    const Visit visit = co_await list_from(
        {"{'result':{'allocations':[{'network':'10.0.0.0/24','owner':'\\u001b[31m'}],"
         "'more':false}}"});
    BOOST_TEST(visit.error == "");
    BOOST_TEST(visit.output == "10.0.0.0/24 \\x1b[31m\n");
}

ASYNC_TEST_CASE(a_client_sends_requests_as_they_are) {
    PlanServer server(co_await this_coro::executor);
    const HostPort address = server.server().address();
    const Visit good =
        co_await visit_with(address, {json_line("{'op':\n'collapse','networks':[]}"),
                                      json_line("{'op':'find','pool':'10.0.0.0/8','prefix':9}")});
    BOOST_TEST(good.error == "");
    BOOST_TEST(good.output == json_line("{'result':[]}\n{'result':'10.0.0.0/9'}\n"));
    const Input input(
        json_line("{'op':'collapse','networks':[]}\nnonsense\n{'op':'list',"
                  "'pool':'11.0.0.0/8'}"));
    const Visit bad = co_await visit_with(address, {}, input.descriptor());
    BOOST_TEST(bad.error == "2 of 3 requests failed");
    BOOST_TEST(bad.output == json_line("{'result':[]}\n{'error':'not JSON: syntax error'}\n"
                                       "{'error':'11.0.0.0/8 is not a pool'}\n"));
    const Input empty("");
    BOOST_TEST((co_await visit_with(address, {}, empty.descriptor())).error == "");
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_misses_responses) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    TaskGroup group(acceptor.get_executor());
    group.spawn(answer_one_line(std::move(acceptor)));
    const Input input("{}\n{}\n{}\n");
    const Visit visit = co_await visit_with(address, {}, input.descriptor());
    BOOST_TEST(visit.error == "2 of 3 responses are missing");
    BOOST_TEST(visit.output == "{\"result\":1}\n");
    co_await group.join();
}

ASYNC_TEST_CASE(a_client_lists_all_pages) {
    PlanServer server(co_await this_coro::executor);
    const HostPort address = server.server().address();
    std::string requests;
    std::string expected = "10.0.0.0/32 bob\n";
    requests = "{'op':'allocate','pool':'10.0.0.0/8','prefix':32,'owner':'bob'}\n";
    for (int n = 1; n < 2500; ++n) {
        requests += "{'op':'allocate','pool':'10.0.0.0/8','prefix':32}\n";
        expected +=
            to_string(cidr_addresses::Address::v4(static_cast<std::uint32_t>(0x0A000000 + n))) +
            "/32\n";
    }
    tcp::socket client = co_await server.connect();
    co_await send_all(client, json_line(requests));
    client.shutdown(tcp::socket::shutdown_send);
    co_await receive_to_end(client);
    const Output output;
    co_await list_allocations(address, "", output.file(), 5s);
    BOOST_TEST((output.text() == expected), "2,500 allocations are three pages");
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_says_that_its_output_is_full) {
    PlanServer server(co_await this_coro::executor);
    const HostPort address = server.server().address();
    co_await call(address, {{"op", "allocate"}, {"pool", "10.0.0.0/8"}, {"prefix", 24}}, 5s);
    std::FILE* const full = std::fopen("/dev/full", "w");
    std::string error;
    try {
        co_await list_allocations(address, "", full, 5s);
    } catch (const std::system_error& failure) {
        error = failure.what();
    }
    BOOST_TEST(error == "write output: No space left on device");
    std::fclose(full);
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_for_a_response_is_not_kept) {
    std::FILE* const nowhere = std::fopen("/dev/null", "w");
    {
        const ResponseCount count(nowhere);
        std::fputs("{\"result\":1", count.file());
        const std::string piece(std::size_t{1} << 20U, ' ');
        for (std::size_t size = 0; size < max_response; size += piece.size()) {
            std::fwrite(piece.data(), 1, piece.size(), count.file());
        }
        std::fputs("}\n", count.file());
        std::fflush(count.file());
        BOOST_TEST(count.responses() == 1U);
        BOOST_TEST(count.errors() == 1U, "its end is beyond what is looked at");
    }
    std::fclose(nowhere);
}

BOOST_AUTO_TEST_CASE(a_response_without_a_result_is_an_error) {
    BOOST_TEST(!is_error("{\"result\":null}"));
    for (const char* line : {"{\"error\":\"x\"}", "", "[]", "{\"result\":1", "{\"id\":1}"}) {
        BOOST_TEST(is_error(line));
    }
}

BOOST_AUTO_TEST_SUITE_END()
