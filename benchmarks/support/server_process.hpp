// A server in a process of its own, for a benchmark that is its client.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>

namespace cookbook::benchmarks {

/// Returns what a system call returned; throws system_error if that is -1.
inline int check(int result, const char* call) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), call);
    }
    return result;
}

/// The CPU time that all threads of a process have used so far.
inline double cpu_seconds(pid_t process) {
    clockid_t clock{};
    timespec time{};
    if (const int error = ::clock_getcpuclockid(process, &clock)) {
        throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
    }
    check(::clock_gettime(clock, &time), "clock_gettime");
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// The same with the processes that it has started, and those that they have, as far as they live.
inline double cpu_seconds_of_all(pid_t process) {
    double sum = cpu_seconds(process);
    const std::string id = std::to_string(process);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    for (pid_t child = 0; children >> child;) {
        sum += cpu_seconds_of_all(child);
    }
    return sum;
}

/// A child process, which ends with this object.
class ServerProcess {
public:
    /// Runs `serve` in the child. It serves until the child is killed, or executes a program that
    /// does; if it returns, the child ends.
    explicit ServerProcess(const std::function<void()>& serve) : child_(check(::fork(), "fork")) {
        if (child_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve();
            ::_exit(1);
        }
    }
    ~ServerProcess() { end(SIGKILL); }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    [[nodiscard]] double cpu_seconds() const { return cpu_seconds_of_all(child_); }

    /// False once it has ended, for example because its program is not installed.
    [[nodiscard]] bool is_running() {
        if (child_ > 0 && ::waitpid(child_, nullptr, WNOHANG) != 0) {
            child_ = 0;
        }
        return child_ > 0;
    }

    /// Sends the signal and waits for the end.
    void end(int signal) {
        if (is_running()) {
            ::kill(child_, signal);
            ::waitpid(child_, nullptr, 0);
            child_ = 0;
        }
    }

private:
    pid_t child_;
};

}  // namespace cookbook::benchmarks
