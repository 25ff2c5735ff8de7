// A server, files and packets as the tests of recipe 11.3c use them.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "11_03_udp_server_datagrams.hpp"
#include "11_03c_file_transfer/file_transfer.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/clock.hpp"

namespace cookbook::testing {

/// Bytes in which no block is like another.
inline std::string test_bytes(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 1;
    for (char& byte : bytes) {
        state = state * 1'664'525 + 1'013'904'223;
        byte = static_cast<char>(state >> 24U);
    }
    return bytes;
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

/// The bytes of a file; "(no file)" if there is none.
inline std::string read_bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return "(no file)";
    }
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::size_t count_files(const std::string& folder) {
    const std::filesystem::directory_iterator files(folder);
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// How long to wait for a first reply. A round trip that a test makes long (RawPeer::ask_slowly())
/// makes all further timeouts long: on a busy machine nothing must look as if it were lost.
constexpr auto patience = 5s;
constexpr auto slow_round_trip = 3s;

/// A server on the case's own loop, with a folder of its own. end() it before it dies.
class FileServer {
public:
    explicit FileServer(const asio::any_io_executor& executor,
                        file_transfer::Options options = {.writable = true, .timeout = patience},
                        const HostPort& address = {})
        : root_(folder_.file("")), group_(executor) {
        if (options.drain_timeout == file_transfer::Options{}.drain_timeout) {
            options.drain_timeout = 100ms;
        }
        udp::socket socket = udp_server::open_socket(executor, address);
        endpoint_ = socket.local_endpoint();
        group_.spawn(file_transfer::serve(std::move(socket), root_, options));
    }

    [[nodiscard]] const udp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
    [[nodiscard]] std::size_t files() const { return count_files(folder_.file("")); }
    /// What a client of it is set to.
    [[nodiscard]] file_transfer::ClientSettings settings() const {
        return {.server = {endpoint_.address().to_string(), endpoint_.port()}};
    }
    void stop() { group_.cancel(); }
    asio::awaitable<void> join() { return group_.join(); }
    asio::awaitable<void> end() {
        stop();
        return join();
    }

private:
    TemporaryFolder folder_;
    file_transfer::RootFolder root_;
    udp::endpoint endpoint_;
    TaskGroup group_;
};

/// A packet: an operation, and texts with a NUL at the end of each.
inline std::string packet_of(int operation, const std::vector<std::string>& texts) {
    std::string packet = bytes({0, operation});
    for (const std::string& text : texts) {
        packet += text + '\0';
    }
    return packet;
}
inline std::string rrq(std::vector<std::string> texts) {
    return packet_of(1, texts);
}
inline std::string wrq(std::vector<std::string> texts) {
    return packet_of(2, texts);
}
inline std::string data_packet(int block, const std::string& data) {
    return bytes({0, 3, block >> 8 & 0xff, block & 0xff}) + data;
}
inline std::string ack_packet(int block) {
    return bytes({0, 4, block >> 8 & 0xff, block & 0xff});
}
inline std::string error_packet(int code, const std::string& text) {
    return bytes({0, 5, 0, code}) + text + '\0';
}
/// The code of an ERROR; -1 if it is none.
inline int error_code_of(const std::string& packet) {
    return packet.size() >= 4 && packet[1] == 5 ? static_cast<unsigned char>(packet[3]) : -1;
}

/// A peer whose packets the test writes.
struct RawPeer {
    explicit RawPeer(const asio::any_io_executor& executor, const std::string& host = "127.0.0.1")
        : socket(open_peer(executor, host)) {}

    void send(const std::string& packet, const udp::endpoint& to) {
        socket.send_to(asio::buffer(packet), to);
    }
    /// Sends to where the last packet came from.
    void reply(const std::string& packet) { send(packet, other); }
    asio::awaitable<std::string> receive(std::string what) {
        Arrival arrival = co_await receive_from(socket, std::move(what));
        other = arrival.from;
        co_return std::move(arrival.data);
    }
    asio::awaitable<std::string> ask(std::string packet, udp::endpoint to) {
        send(packet, to);
        return receive("a reply to " + in_quotes(packet));
    }

    /// The same after a while, so that the server measures a long round trip.
    asio::awaitable<std::string> ask_slowly(std::string packet, udp::endpoint to) {
        co_await advance(slow_round_trip);
        co_return co_await ask(std::move(packet), to);
    }

    udp::socket socket;
    udp::endpoint other;
};

/// What an operation throws, or "nothing".
inline asio::awaitable<std::string> what_it_throws(asio::awaitable<void> operation) {
    try {
        co_await std::move(operation);
    } catch (const std::exception& failure) {
        co_return describe(failure);
    }
    co_return "nothing";
}

}  // namespace cookbook::testing
