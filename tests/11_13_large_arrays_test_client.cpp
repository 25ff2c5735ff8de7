// Recipe 11.13, the client: one array, whole or not at all, and nothing before it is justified.
#include <sys/resource.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_13_large_arrays/bulk.hpp"
#include "11_13_large_arrays/client.hpp"
#include "11_13_large_arrays/npy.hpp"
#include "11_13_large_arrays_pair.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/output.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::large_arrays;
using namespace cookbook::testing;

/// Sends a text to one client, and ends.
asio::awaitable<void> say(tcp::acceptor acceptor, std::string text) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_await asio::async_write(socket, asio::buffer(text),
                               use_nothrow);  // perhaps refused half-way
}

/// What the client says to what a server sends: its line of JSON, or the error.
asio::awaitable<std::string> fetch_from(std::string text, Acceptance acceptance,
                                        std::string file = "") {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort server{.port = acceptor.local_endpoint().port()};
    TaskGroup group(acceptor.get_executor());
    group.spawn(say(std::move(acceptor), std::move(text)));
    const Output output;
    std::string failure;
    try {
        co_await fetch_array(server, acceptance, std::move(file), output.file());
    } catch (const std::exception& error) {
        const std::string action = "receive from " + to_string(server) + ": ";
        failure = describe(error);
        BOOST_TEST(output.text().empty(), "an error, and something on stdout");
        if (failure.starts_with(action)) {
            failure.erase(0, action.size());
        }
    }
    co_await group.join();
    co_return failure.empty() ? output.text() : failure;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool is_empty(const TemporaryFolder& folder) {
    return std::filesystem::is_empty(std::filesystem::path(folder.file("x")).parent_path());
}

std::string npy_of(const Header& header, const std::string& elements) {
    return write_header(header) + elements;
}

const Header ten = {.shape = {10}};

/// Lets the process write files of at most so many bytes.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t size) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit size_limit{.rlim_cur = size, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &size_limit);
    }
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
    void (*signal_)(int);
    rlimit before_{};
};

/// Announces many doubles and sends zeros, from a small buffer.
asio::awaitable<void> send_zeros(StreamSocket& socket, std::size_t announced, std::size_t sent) {
    const std::string header = write_header({.shape = {announced}});
    co_await send_bytes(socket, bytes_of(header), {}, 60s);
    const std::vector<std::byte> zeros(std::size_t{64} << 10U);
    for (std::size_t left = sent * sizeof(double); left > 0;) {
        const auto piece = std::span(zeros).first(std::min(left, zeros.size()));
        co_await send_bytes(socket, {}, piece, 60s);
        left -= piece.size();
    }
    socket.shutdown(StreamSocket::shutdown_send);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_arrays)

ASYNC_TEST_CASE(tells_what_has_come) {
    const std::string line = co_await fetch_from(npy_of(ten, text_of(counting(10))), {});
    BOOST_TEST(
        line.starts_with(R"({"descr": "<f8", "shape": [10], "fortran_order": false, "bytes": 80, )"
                         R"("first": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])"));
    BOOST_TEST(line.ends_with("}\n"));
    BOOST_TEST(std::ranges::count(line, '\n') == 1);
}

ASYNC_TEST_CASE(takes_every_shape_and_either_byte_order) {
    const std::string big_endian("\0\1\0\2\xff\xff\0\4", 8);
    const std::string line = co_await fetch_from(
        npy_of({.type = parse_descr(">i2"), .fortran_order = true, .shape = {2, 2}}, big_endian),
        {});
    BOOST_TEST(line.starts_with(R"({"descr": ">i2", "shape": [2, 2], "fortran_order": true, )"
                                R"("bytes": 8, "first": [1, 2, -1, 4])"));
    const std::string none = co_await fetch_from(npy_of({.shape = {0, 5}}, ""), {});
    BOOST_TEST(none.starts_with(R"({"descr": "<f8", "shape": [0, 5], "fortran_order": false, )"
                                R"("bytes": 0, "first": [])"));
    const std::string scalar = co_await fetch_from(npy_of({}, text_of(counting(1))), {});
    BOOST_TEST(scalar.starts_with(R"({"descr": "<f8", "shape": [], "fortran_order": false, )"
                                  R"("bytes": 8, "first": [0.0])"));
}

ASYNC_TEST_CASE(takes_the_originals_wire) {
    const std::string line = co_await fetch_from(text_of(counting(3)), {.raw_count = 3});
    BOOST_TEST(line.starts_with(R"({"descr": "<f8", "shape": [3], "fortran_order": false, )"
                                R"("bytes": 24, "first": [0.0, 1.0, 2.0])"));
}

ASYNC_TEST_CASE(refuses_what_is_not_as_announced) {
    const std::string header = write_header(ten);
    const std::string elements(80, 'x');
    const struct {
        std::string text;
        Acceptance acceptance;
        std::string reason;
    } table[] = {
        {"", {}, "cut short: 0 of 8 bytes"},
        {"\x93NUM", {}, "cut short: 4 of 8 bytes"},
        {header.substr(0, 9), {}, "cut short: 1 of 2 bytes"},
        {header.substr(0, 100), {}, "cut short: 90 of 118 bytes"},
        {header, {}, "cut short: 0 of 80 bytes"},
        {header + elements.substr(1), {}, "cut short: 79 of 80 bytes"},
        {header + elements + "x", {}, "more bytes than announced"},
        {elements + "x", {.raw_count = 10}, "more bytes than announced"},
        {elements.substr(1), {.raw_count = 10}, "cut short: 79 of 80 bytes"},
        {"x", {.raw_count = 0}, "more bytes than announced"},
        {"<!DOCTYPE html>", {}, "this is no .npy: it does not begin with \\x93NUMPY"},
        {std::string("\x93NUMPY\x02\x00\x01\x10\x00\x00", 12),
         {},
         "a header of 4097 bytes: at most 4096"},
        {std::string("\x93NUMPY\x01\x00\x03\x00{}\n", 13), {}, "header: key 'descr' is missing"},
        {header + elements,
         {.max_bytes = 79},
         "too large: shape (10,) of <f8 has 80 bytes, the limit is 79"},
        {"",
         {.raw_count = 10, .max_bytes = 79},
         "too large: shape (10,) of <f8 has 80 bytes, the limit is 79"},
        {write_header({.shape = {1ULL << 61U}}),
         {.max_bytes = ~std::size_t{0}},
         "too large: shape (2305843009213693952,) of <f8 has more than 2^64 bytes, the limit is "
         "18446744073709551615"},
    };
    for (const auto& [text, acceptance, reason] : table) {
        const TemporaryFolder folder;
        const std::string said = co_await fetch_from(text, acceptance, folder.file("a.npy"));
        BOOST_TEST(said == reason, "a server that sends " << in_quotes(text));
        BOOST_TEST(is_empty(folder), "no file is left of an array that was refused");
    }
}

ASYNC_TEST_CASE(writes_a_file_that_numpy_reads) {
    const TemporaryFolder folder;
    const std::string file = folder.file("a.npy");
    const std::string elements = text_of(counting(1'000'000));
    const Header header = {.shape = {1000, 1000}};
    co_await fetch_from(npy_of(header, elements), {}, file);
    BOOST_TEST((content_of(file) == npy_of(header, elements)));
    co_await fetch_from(
        npy_of({.type = parse_descr(">i4"), .shape = {2}}, std::string("\0\0\0\1\0\0\0\2", 8)), {},
        file);
    BOOST_TEST((content_of(file) == npy_of({.type = parse_descr("<i4"), .shape = {2}},
                                           std::string("\1\0\0\0\2\0\0\0", 8))),
               "the header says the order that the elements have now; an older file is replaced");
}

ASYNC_TEST_CASE(a_full_disk_leaves_no_file) {
    const TemporaryFolder folder;
    const std::string file = folder.file("a.npy");
    const FileSizeLimit limit(1000);
    const std::string said =
        co_await fetch_from(npy_of({.shape = {1000}}, std::string(8000, 'x')), {}, file);
    BOOST_TEST(said == "write " + file + ": File too large");
    BOOST_TEST(is_empty(folder), "half a file is left");
}

ASYNC_TEST_CASE(a_line_that_cannot_be_printed_is_an_error) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort server{.port = acceptor.local_endpoint().port()};
    TaskGroup group(acceptor.get_executor());
    group.spawn(say(std::move(acceptor), npy_of(ten, text_of(counting(10)))));
    std::FILE* const full = std::fopen("/dev/full", "w");
    BOOST_CHECK_EXCEPTION(co_await fetch_array(server, {}, "", full), std::system_error,
                          says("write output: No space left on device"));
    std::fclose(full);
    co_await group.join();
}

ASYNC_TEST_CASE(what_cannot_be_written_is_not_fetched) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort server{.port = acceptor.local_endpoint().port()};
    const std::string file = "/nonexistent/a.npy";
    BOOST_CHECK_EXCEPTION(co_await fetch_array(server, {}, file, stdout), std::system_error,
                          says("write " + file + ": No such file or directory"));
    acceptor.non_blocking(true);
    error_code nobody;
    acceptor.accept(nobody);
    BOOST_TEST(nobody == asio::error::would_block, "a gigabyte is fetched, and then thrown away");
}

ASYNC_TEST_CASE(an_interrupted_client_leaves_no_file) {
    const TemporaryFolder folder;
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort server{.port = acceptor.local_endpoint().port()};
    TaskGroup group(acceptor.get_executor());
    const Output output;
    group.spawn(fetch_array(server, {}, folder.file("a.npy"), output.file()));
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(socket, npy_of(ten, text_of(counting(5))));
    co_await settle();
    group.cancel();
    BOOST_CHECK_THROW(co_await group.join(), boost::system::system_error);
    BOOST_TEST(is_empty(folder), "Ctrl-C leaves half a file");
    BOOST_TEST(output.text().empty());
}

ASYNC_TEST_CASE(a_server_that_stays_open_has_sent_all_the_same) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort server{.port = acceptor.local_endpoint().port()};
    TaskGroup group(acceptor.get_executor());
    const Output output;
    group.spawn(fetch_array(server, {}, "", output.file()));
    const tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_await asio::async_write(const_cast<tcp::socket&>(socket),
                               asio::buffer(npy_of(ten, text_of(counting(10)))), use_awaitable);
    co_await settle();
    co_await advance(3s);
    BOOST_TEST(group.size() == 0U, "the original's server does not end the stream");
    co_await group.join();
    BOOST_TEST(output.text().starts_with(R"({"descr": "<f8", "shape": [10])"));
}

ASYNC_TEST_CASE(a_server_that_falls_silent_is_given_up) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const HostPort server{.port = acceptor.local_endpoint().port()};
    TaskGroup group(acceptor.get_executor());
    const Output output;
    group.spawn(fetch_array(server, {.timeout = 60s}, "", output.file()));
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(socket, npy_of(ten, text_of(counting(5))));
    co_await settle();
    co_await advance(61s);
    BOOST_TEST(group.size() == 0U, "a silent server is waited for for ever");
    const std::string expected = "receive from " + to_string(server) + ": Connection timed out";
    BOOST_CHECK_EXCEPTION(co_await group.join(), boost::system::system_error,
                          [&](const auto& failure) { return describe(failure) == expected; });
}

// --- Memory --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(memory_grows_with_what_comes) {
    constexpr std::size_t announced = std::size_t{16} << 20U;  // 128 MiB
    constexpr std::size_t sent = std::size_t{1} << 17U;        // 1 MiB
    StreamPair pair(co_await this_coro::executor);
    const PeakMemory memory;
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_zeros(pair.near, announced, sent));
    BOOST_CHECK_THROW(co_await receive_array(pair.far, {}), CutShort);
    co_await group.join();
    BOOST_TEST(memory.growth() < std::size_t{16} << 20U,
               "128 MiB are announced and 1 MiB comes: a header is no reason to use memory");
}

ASYNC_TEST_CASE(an_array_takes_its_own_size_and_a_little) {
    constexpr std::size_t count = std::size_t{8} << 20U;  // 64 MiB
    StreamPair pair(co_await this_coro::executor);
    const WatchTransfers watch(Where::descriptor(pair.far.native_handle()));
    const PeakMemory memory;
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_zeros(pair.near, count, count));
    const Array array = co_await receive_array(pair.far, {});
    co_await group.join();
    std::vector<Transfer> received = watch.transfers();
    const std::span<const std::byte> elements = array.elements.bytes();
    BOOST_TEST(elements.size() == count * sizeof(double));
    std::erase_if(received, [&](const Transfer& transfer) {
        return transfer.data < elements.data() ||
               transfer.end() > elements.data() + elements.size();
    });
    BOOST_TEST(pass_over(received, elements), "the elements are received where they stay, once");
    if (memory_is_ours) {
        BOOST_TEST(memory.growth() < (count * sizeof(double)) + (std::size_t{8} << 20U),
                   "there is a second copy of the array");
    }
}

BOOST_AUTO_TEST_SUITE_END()
