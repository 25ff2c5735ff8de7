// An executable started as a child, with its standard streams in the test's hands.

#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::testing {

/// How a process ended: exit status, or the signal that killed it.
struct ExitStatus {
    int code = 0;
    int signal = 0;  // 0: it exited
};

/// "exit status 0", "killed by signal 15".
std::string to_string(ExitStatus status);

/// A running child. It inherits nothing but its three streams and the environment. Its waits end by
/// the deadline of the case. Killed (SIGKILL) and reaped when the object is destroyed first.
class ChildProcess {
public:
    using Environment = std::vector<std::string>;

    /// Starts `program` (a path) with `arguments`; `environment`, "NAME=value" each, is added to
    /// ours. Throws system_error if it cannot be started.
    ChildProcess(asio::any_io_executor executor, const std::filesystem::path& program,
                 std::vector<std::string> arguments, const Environment& environment = {});
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The next line of its stdout, without the line feed. Throws system_error (error::eof) if
    /// stdout ends before.
    asio::awaitable<std::string> read_line();
    /// All that is left on its stdout or stderr until it closes them.
    asio::awaitable<std::string> read_output();
    asio::awaitable<std::string> read_errors();

    /// Writes to its stdin. Throws system_error if it has closed it.
    asio::awaitable<void> write(std::string text);
    void close_input();

    /// Sends a signal, SIGTERM say. Throws std::logic_error after wait().
    void signal(int signal) const;

    /// Waits for its end, once. What it wrote can still be read; a child that writes more than a
    /// pipe holds (64 KiB) must be read from first, or it never ends.
    asio::awaitable<ExitStatus> wait();

    [[nodiscard]] int id() const { return id_; }

private:
    int id_ = -1;
    std::string output_;                          // read from stdout, not yet returned
    asio::local::stream_protocol::socket stdin_;  // a pipe would kill us by SIGPIPE
    asio::posix::stream_descriptor stdout_;
    asio::posix::stream_descriptor stderr_;
    asio::posix::stream_descriptor end_;  // a pipe that the child holds open as long as it lives
};

/// The port in a server's line "listening on ADDRESS:PORT". Throws std::invalid_argument for
/// another line.
std::uint16_t port_of(std::string_view line);

}  // namespace cookbook::testing
