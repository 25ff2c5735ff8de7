#include "support/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "support/async_case.hpp"

namespace cookbook::testing {

namespace {

using asio::posix::stream_descriptor;

constexpr std::size_t most_output = std::size_t{64} << 20;

// A pipe from the child to us.
struct Pipe {
    explicit Pipe(const asio::any_io_executor& executor) : ours(executor), childs(executor) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe");
        }
        ours.assign(ends[0]);
        childs.assign(ends[1]);
    }

    stream_descriptor ours;
    stream_descriptor childs;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (std::string& string : strings) {
        result.push_back(string.data());
    }
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> with_ours(const std::vector<std::string>& added) {
    std::vector<std::string> environment = added;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::string_view name = text.substr(0, text.find('=') + 1);
        if (std::ranges::none_of(added, [&](const auto& own) { return own.starts_with(name); })) {
            environment.emplace_back(text);
        }
    }
    return environment;
}

// posix_spawn(3)'s two parameter objects.
class SpawnParameters {
public:
    SpawnParameters() {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        // A child starts with no signal blocked, whatever this thread blocks.
        sigset_t none;
        ::sigemptyset(&none);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnParameters() {
        ::posix_spawn_file_actions_destroy(&actions_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    SpawnParameters(const SpawnParameters&) = delete;
    SpawnParameters& operator=(const SpawnParameters&) = delete;

    // The child sees `ours[0]` as its descriptor 0, and so on, and no other.
    void give(const std::vector<int>& ours) {
        // First out of the way of each other's final numbers.
        constexpr int high = 1000;
        const int count = static_cast<int>(ours.size());
        for (int target = 0; target != count; ++target) {
            ::posix_spawn_file_actions_adddup2(&actions_, ours[static_cast<std::size_t>(target)],
                                               high + target);
        }
        for (int target = 0; target != count; ++target) {
            ::posix_spawn_file_actions_adddup2(&actions_, high + target, target);
        }
        // Asio's sockets are inherited by default; a listener in a child would never be released.
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, count);
    }

    int spawn(const std::string& program, std::vector<std::string>& arguments,
              std::vector<std::string>& environment) const {
        int id = -1;
        const int error = ::posix_spawn(&id, program.c_str(), &actions_, &attributes_,
                                        pointers(arguments).data(), pointers(environment).data());
        if (error != 0) {
            throw std::system_error(error, std::generic_category(), program);
        }
        return id;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

asio::awaitable<std::string> read_to_end(stream_descriptor& stream) {
    std::string text;
    co_await asio::async_read(stream, asio::dynamic_buffer(text, most_output), use_nothrow);
    co_return text;
}

}  // namespace

std::string to_string(ExitStatus status) {
    if (status.signal != 0) {
        return "killed by signal " + std::to_string(status.signal);
    }
    return "exit status " + std::to_string(status.code);
}

ChildProcess::ChildProcess(asio::any_io_executor executor, const std::filesystem::path& program,
                           std::vector<std::string> arguments, const Environment& environment)
    : stdin_(executor), stdout_(executor), stderr_(executor), end_(executor) {
    asio::local::stream_protocol::socket input(executor);
    asio::local::connect_pair(stdin_, input);
    Pipe output(executor);
    Pipe errors(executor);
    Pipe end(executor);
    arguments.insert(arguments.begin(), program.string());
    std::vector<std::string> variables = with_ours(environment);
    SpawnParameters parameters;
    parameters.give({input.native_handle(), output.childs.native_handle(),
                     errors.childs.native_handle(), end.childs.native_handle()});
    id_ = parameters.spawn(program.string(), arguments, variables);
    stdout_ = std::move(output.ours);
    stderr_ = std::move(errors.ours);
    end_ = std::move(end.ours);
}

ChildProcess::~ChildProcess() {
    if (id_ == -1) {
        return;
    }
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
}

asio::awaitable<std::string> ChildProcess::read_line() {
    const Waiting waiting("a line on the stdout of process " + std::to_string(id_));
    const std::size_t size = co_await asio::async_read_until(
        stdout_, asio::dynamic_buffer(output_, most_output), '\n', asio::use_awaitable);
    std::string line = output_.substr(0, size - 1);
    output_.erase(0, size);
    co_return line;
}

asio::awaitable<std::string> ChildProcess::read_output() {
    const Waiting waiting("process " + std::to_string(id_) + " to close its stdout");
    std::string text = std::exchange(output_, {});
    text += co_await read_to_end(stdout_);
    co_return text;
}

asio::awaitable<std::string> ChildProcess::read_errors() {
    const Waiting waiting("process " + std::to_string(id_) + " to close its stderr");
    co_return co_await read_to_end(stderr_);
}

asio::awaitable<void> ChildProcess::write(std::string text) {
    const Waiting waiting("process " + std::to_string(id_) + " to read its stdin");
    co_await asio::async_write(stdin_, asio::buffer(text), asio::use_awaitable);
}

void ChildProcess::close_input() {
    stdin_.close();
}

void ChildProcess::signal(int signal) const {
    if (id_ == -1) {
        throw std::logic_error("a signal for a process that has been waited for");
    }
    if (::kill(id_, signal) != 0) {
        throw std::system_error(errno, std::generic_category(), "kill");
    }
}

asio::awaitable<ExitStatus> ChildProcess::wait() {
    const Waiting waiting("process " + std::to_string(id_) + " to end");
    co_await read_to_end(end_);
    int status = 0;
    ::waitpid(std::exchange(id_, -1), &status, 0);
    if (WIFSIGNALED(status)) {
        co_return ExitStatus{.code = 0, .signal = WTERMSIG(status)};
    }
    co_return ExitStatus{.code = WEXITSTATUS(status), .signal = 0};
}

std::uint16_t port_of(std::string_view line) {
    std::uint16_t port = 0;
    const std::string_view digits = line.substr(line.rfind(':') + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!line.starts_with("listening on ") || error != std::errc() ||
        end != digits.data() + digits.size()) {
        throw std::invalid_argument("not a line 'listening on ADDRESS:PORT': " + std::string(line));
    }
    return port;
}

}  // namespace cookbook::testing
