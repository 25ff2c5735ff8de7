// Recipe 11.13, the server: one array for all that connect, or a file.
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "11_13_large_arrays/bulk.hpp"
#include "11_13_large_arrays/npy.hpp"
#include "11_13_large_arrays_pair.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/generic.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::large_arrays;
using namespace cookbook::testing;

Offer numbers(std::size_t count, bool raw = false) {
    return {.source = Numbers(count), .raw = raw};
}

/// What a server that has so many numbers sends.
std::string npy(std::size_t count) {
    return write_header({.shape = {count}}) + text_of(counting(count));
}

std::string write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

/// A file of zeros that takes no room on the disk.
std::string write_sparse(const std::string& path, std::size_t count) {
    const std::string header = write_header({.shape = {count}});
    write(path, header);
    std::filesystem::resize_file(path, header.size() + count * sizeof(double));
    return path;
}

/// Receives to the end in a small buffer; returns how many bytes came.
asio::awaitable<std::size_t> discard(tcp::socket socket) {
    std::vector<char> buffer(std::size_t{64} << 10U);
    for (std::size_t total = 0;;) {
        const auto [error, n] = co_await socket.async_read_some(asio::buffer(buffer), use_nothrow);
        total += n;
        if (error) {
            co_return total;
        }
    }
}

constexpr std::size_t many = 2'000'000;  // 16 MB: more than all buffers hold

}  // namespace

BOOST_AUTO_TEST_SUITE(large_arrays)

ASYNC_TEST_CASE(sends_the_same_array_to_each_client) {
    for (const std::size_t count : {0U, 1U, 1000U, 400'000U}) {
        ArrayServer server(co_await this_coro::executor, numbers(count));
        for (int client = 0; client < 2; ++client) {
            tcp::socket socket = co_await server.connect();
            const Received received = co_await receive_to_end(socket);
            BOOST_TEST((received.data == npy(count)), count << " doubles behind NumPy's header");
            BOOST_TEST(received.error == asio::error::eof, "then the server ends the stream");
            socket.close();  // or the server would linger
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(sends_no_header_if_it_is_raw) {
    ArrayServer server(co_await this_coro::executor, numbers(1000, true));
    tcp::socket socket = co_await server.connect();
    const Received received = co_await receive_to_end(socket);
    BOOST_TEST((received.data == text_of(counting(1000))), "the original's wire: elements only");
    socket.close();  // or the server would linger
    co_await server.end();
}

ASYNC_TEST_CASE(sends_without_the_kernels_copy) {
    for (const bool raw : {false, true}) {
        ArrayServer server(co_await this_coro::executor,
                           {.source = Numbers(many), .raw = raw, .zero_copy = true});
        tcp::socket socket = co_await server.connect();
        const Received received = co_await receive_to_end(socket);
        BOOST_TEST((received.data == (raw ? text_of(counting(many)) : npy(many))));
        socket.close();
        co_await server.end();
    }
}

ASYNC_TEST_CASE(speaks_ipv6_and_unix_sockets) {
    const auto executor = co_await this_coro::executor;
    const TemporaryFolder folder;
    for (const Address& address :
         {Address(HostPort{"::1", 0}), Address(UnixAddress{folder.file("socket")})}) {
        StreamAcceptor acceptor = listen(executor, address);
        const Address where = local_address(acceptor);
        TaskGroup group(executor);
        group.spawn(serve_array(std::move(acceptor), numbers(many), {}));
        StreamSocket socket = co_await connect(where);
        const Received received = co_await receive_to_end(socket);
        BOOST_TEST((received.data == npy(many)), to_string(where));
        socket.close();
        group.cancel();
        co_await group.join();
    }
}

ASYNC_TEST_CASE(all_clients_share_one_array) {
    ArrayServer server(co_await this_coro::executor, numbers(many, true));
    const WatchTransfers watch(Where::local_port(server.endpoint().port()));
    const PeakMemory memory;
    TaskGroup group(co_await this_coro::executor);
    std::vector<tcp::socket> clients;
    for (int client = 0; client < 4; ++client) {
        clients.push_back(co_await server.connect());
    }
    std::vector<std::size_t> totals;
    for (tcp::socket& client : clients) {
        totals.push_back(co_await discard(std::move(client)));
    }
    BOOST_TEST((totals == std::vector<std::size_t>(4, many * sizeof(double))));
    const auto transfers = watch.transfers();
    const auto by_address = [](const Transfer& one, const Transfer& other) {
        return one.data < other.data;
    };
    BOOST_TEST_REQUIRE(!transfers.empty(), "nothing was sent from the memory of the array");
    const auto [first, last] = std::minmax_element(transfers.begin(), transfers.end(), by_address);
    BOOST_TEST(last->end() - first->data == static_cast<std::ptrdiff_t>(many * sizeof(double)),
               "four clients are sent the same memory");
    if (memory_is_ours) {
        BOOST_TEST(memory.growth() < 2 * many * sizeof(double), "one array in memory for all");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(others_have_their_turn_while_the_array_is_made) {
    const auto executor = co_await this_coro::executor;
    for (const bool zero_copy : {false, true}) {
        Offer offer = numbers(many, true);  // in pieces that a call takes whole
        offer.zero_copy = zero_copy;
        ArrayServer server(executor, std::move(offer));
        const Where where = Where::local_port(server.endpoint().port());
        int turns = 0;
        std::vector<int> turns_at_sends;
        const Registration watch([&](Call call, int descriptor, Effect&) {
            if (call == Call::sendmsg && where.matches(descriptor)) {
                turns_at_sends.push_back(turns);
            }
        });
        tcp::socket socket(executor);
        socket.connect(server.endpoint());  // at once: the server has had no turn yet
        for (; turns_at_sends.size() < 2; ++turns) {
            co_await asio::post(executor, use_awaitable);
        }
        BOOST_TEST(turns_at_sends[0] < turns_at_sends[1],
                   "nobody has a turn before the socket is full");
        socket.close();
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_reader_that_stops_is_hung_up_on) {
    constexpr auto idle = 60s;
    const TemporaryFolder folder;
    const std::string file = write_sparse(folder.file("zeros.npy"), many);
    for (const char* way : {"memory", "file", "zero copy"}) {
        Offer offer = numbers(many);
        offer.zero_copy = std::string(way) == "zero copy";
        if (std::string(way) == "file") {
            offer.source.emplace<NpyFile>(file);
        }
        ArrayServer server(co_await this_coro::executor, std::move(offer), {.idle_timeout = idle});
        tcp::socket silent = co_await server.connect();
        co_await settle();
        for (int times = 0; times < 3; ++times) {  // what is still on the way counts as taken
            co_await advance(idle + 1s);
        }
        const std::size_t received = co_await discard(std::move(silent));
        BOOST_TEST(received < many * sizeof(double),
                   "a reader that takes nothing holds its place for ever: from " << way);
        tcp::socket next = co_await server.connect();
        BOOST_TEST(co_await discard(std::move(next)) == npy(many).size(), "the others are served");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_reader_that_leaves_is_nobody_elses_trouble) {
    const TemporaryFolder folder;
    const std::string file = write_sparse(folder.file("zeros.npy"), many);
    for (const bool from_file : {false, true}) {
        Offer offer = numbers(many);
        if (from_file) {
            offer.source.emplace<NpyFile>(file);
        }
        ArrayServer server(co_await this_coro::executor, std::move(offer));
        for (int client = 0; client < 3; ++client) {
            tcp::socket gone = co_await server.connect();
            co_await receive(gone, 1000);
            reset(gone);
            co_await settle();
        }
        tcp::socket next = co_await server.connect();
        BOOST_TEST(co_await discard(std::move(next)) == npy(many).size(),
                   "sendfile(2) raises SIGPIPE, and knows no MSG_NOSIGNAL");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(what_a_client_says_is_ignored) {
    ArrayServer server(co_await this_coro::executor, numbers(1000));
    tcp::socket socket = co_await server.connect();
    co_await send_all(socket, std::string(10'000, 'x'));
    const Received received = co_await receive_to_end(socket);
    BOOST_TEST((received.data == npy(1000)),
               "closed with bytes unread, a connection is reset, and the array's end is lost");
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(open_transfers_are_finished_when_it_is_stopped) {
    ArrayServer server(co_await this_coro::executor, numbers(many), {.drain_timeout = 60s});
    tcp::socket socket = co_await server.connect();
    co_await receive(socket, 1);
    server.stop();
    const Received received = co_await receive_to_end(socket);
    BOOST_TEST(received.data.size() == npy(many).size() - 1, "it had begun before the order");
    socket.close();
    co_await server.join();
}

ASYNC_TEST_CASE(transfers_that_outlast_the_drain_are_cut_off) {
    ArrayServer server(co_await this_coro::executor, numbers(many), {.drain_timeout = 5s});
    tcp::socket socket = co_await server.connect();
    co_await receive(socket, 1);
    co_await settle();
    server.stop();
    co_await settle();
    co_await advance(6s);
    BOOST_TEST(server.stopped(), "a reader that takes nothing keeps the server from ending");
    co_await server.join();
}

ASYNC_TEST_CASE(serves_so_many_at_once_and_no_more) {
    ArrayServer server(co_await this_coro::executor, numbers(many), {.max_connections = 1});
    tcp::socket first = co_await server.connect();
    tcp::socket second = co_await server.connect();
    co_await settle();
    BOOST_TEST(second.available() == 0U, "the second one waits for its turn");
    BOOST_TEST(co_await discard(std::move(first)) == npy(many).size());
    BOOST_TEST(co_await discard(std::move(second)) == npy(many).size());
    co_await server.end();
}

// --- A file --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(sends_a_file_as_it_is) {
    const TemporaryFolder folder;
    const std::string content = write_header({.type = parse_descr(">i2"), .shape = {2, 3}}) +
                                std::string("\0\1\0\2\0\3\0\4\0\5\0\6", 12);
    const std::string file = write(folder.file("a.npy"), content);
    for (const bool raw : {false, true}) {
        ArrayServer server(co_await this_coro::executor, {.source = NpyFile(file), .raw = raw});
        for (int client = 0; client < 2; ++client) {
            tcp::socket socket = co_await server.connect();
            const Received received = co_await receive_to_end(socket);
            BOOST_TEST(received.data == content.substr(raw ? content.size() - 12 : 0));
            BOOST_TEST(received.error == asio::error::eof);
            socket.close();
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_file_takes_no_memory) {
    constexpr std::size_t count = std::size_t{4} << 20U;  // 32 MiB
    const TemporaryFolder folder;
    ArrayServer server(co_await this_coro::executor,
                       {.source = NpyFile(write_sparse(folder.file("zeros.npy"), count))});
    const WatchTransfers watch(Where::local_port(server.endpoint().port()));
    const PeakMemory memory;
    tcp::socket socket = co_await server.connect();
    BOOST_TEST(co_await discard(std::move(socket)) > count * sizeof(double));
    BOOST_TEST(watch.transfers().empty(), "nothing of the file passes through this process");
    if (memory_is_ours) {
        BOOST_TEST(memory.growth() < std::size_t{4} << 20U, "32 MiB are sent, and none are held");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_file_that_shrinks_ends_its_connection_and_not_the_server) {
    const TemporaryFolder folder;
    const std::string file = write_sparse(folder.file("zeros.npy"), many);
    const std::string header = write_header({.shape = {many}});
    ArrayServer server(co_await this_coro::executor, {.source = NpyFile(file)});
    tcp::socket socket = co_await server.connect();
    co_await settle();  // the buffers are full
    std::filesystem::resize_file(file, header.size());
    const std::size_t received = co_await discard(std::move(socket));
    BOOST_TEST(received < header.size() + many * sizeof(double),
               "the client sees that the array is cut short");
    std::filesystem::resize_file(file, header.size() + many * sizeof(double));
    tcp::socket next = co_await server.connect();
    BOOST_TEST(co_await discard(std::move(next)) == header.size() + many * sizeof(double),
               "the server goes on");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(a_file_is_checked_before_it_is_served) {
    const TemporaryFolder folder;
    const std::string path = folder.file("a.npy");
    const std::string header = write_header({.shape = {2}});
    const auto refused = [&](const std::string& content, const std::string& reason) {
        write(path, content);
        BOOST_CHECK_EXCEPTION(NpyFile{path}, std::runtime_error, says(path + ": " + reason));
    };
    refused("", "the header is cut short, after 0 bytes");
    refused("<!DOCTYPE html>", "this is no .npy: it does not begin with \\x93NUMPY");
    refused(header.substr(0, 50), "the header is cut short, after 50 bytes");
    refused(header + std::string(15, 'x'), "the header announces 16 bytes, and 15 follow");
    refused(header + std::string(17, 'x'), "the header announces 16 bytes, and 17 follow");
    refused(write_header({.shape = {1ULL << 61U}}),
            "too large: shape (2305843009213693952,) of <f8 has more than 2^64 bytes, the limit is "
            "9223372036854775807");
    write(path, header + std::string(16, 'x'));
    BOOST_TEST((NpyFile(path).header() == Header{.shape = {2}}));
    BOOST_CHECK_EXCEPTION(NpyFile(folder.file("none")), std::system_error,
                          says("open " + folder.file("none") + ": No such file or directory"));
    const std::string name = std::filesystem::temp_directory_path();
    BOOST_CHECK_EXCEPTION(NpyFile{name}, std::runtime_error, says(name + ": this is no file"));
    BOOST_CHECK_EXCEPTION(NpyFile("/dev/zero"), std::runtime_error,
                          says("/dev/zero: this is no file"));
}

BOOST_AUTO_TEST_SUITE_END()
