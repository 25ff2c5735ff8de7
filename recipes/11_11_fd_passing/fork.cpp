#include "fork.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "fd_message.hpp"

namespace cookbook::fd_passing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

struct SocketPair {
    Descriptor ours;
    Descriptor theirs;
};

SocketPair make_socket_pair() {
    std::array<int, 2> ends{-1, -1};
    Descriptor made(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0 ? -1 : ends[0],
        "socketpair");
    return {std::move(made), Descriptor(ends[1])};
}

pid_t fork_process() {
    std::fflush(nullptr);  // or both would write what is in the buffers
    const pid_t process = ::fork();
    if (process < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    return process;
}

sigset_t only(int signal) {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, signal);
    return set;
}

/// What the forked process does.
class Forker {
public:
    Forker(Descriptor server, Nursery::Settings settings, const Nursery::Work& work)
        : server_(std::move(server)), settings_(settings), work_(work) {
        const sigset_t child_ended = only(SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &child_ended, &mask_);
        ended_ = Descriptor(::signalfd(-1, &child_ended, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
    }

    /// Until the server ends, and all its workers have ended.
    void run() {
        while (workers_.size() < settings_.workers) {
            start_worker();
        }
        while (server_is_there()) {
            std::array<pollfd, 2> watched = {pollfd{server_.get(), POLLIN, 0},
                                             pollfd{ended_.get(), POLLIN, 0}};
            ::poll(watched.data(), watched.size(), -1);
            reap();
            replace_workers();
        }
        signal_workers(SIGTERM);
        wait_for_workers(settings_.grace + 1s);
        signal_workers(SIGKILL);
    }

private:
    /// It sends nothing: whatever can be read is its end.
    [[nodiscard]] bool server_is_there() const {
        pollfd watched = {server_.get(), POLLIN, 0};
        return !server_ended_ && ::poll(&watched, 1, 0) == 0;
    }

    void replace_workers() {
        constexpr auto min_interval = 100ms;  // if they cannot live, they keep us busy no more
        while (workers_.size() < settings_.workers && server_is_there()) {
            std::this_thread::sleep_until(started_ + min_interval);
            start_worker();
        }
    }

    void start_worker() {
        SocketPair pair = make_socket_pair();
        const pid_t process = fork_process();
        if (process == 0) {
            pair.ours = Descriptor();
            become_worker(std::move(pair.theirs));
        }
        workers_.insert(process);
        started_ = steady_clock::now();
        const int socket = pair.ours.get();
        server_ended_ = send_fds(server_.get(), {&socket, 1}).failed();
    }

    [[noreturn]] void become_worker(Descriptor socket) {
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
        server_ = Descriptor();
        ended_ = Descriptor();
        const int status = work_(std::move(socket));
        std::fflush(nullptr);
        ::_exit(status);
    }

    void reap() {
        signalfd_siginfo ignored;  // several ends may have become one signal
        while (::read(ended_.get(), &ignored, sizeof ignored) > 0) {
        }
        for (pid_t process = 0; (process = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
            workers_.erase(process);
        }
    }

    void wait_for_workers(steady_clock::duration limit) {
        const auto end = steady_clock::now() + limit;
        for (auto left = limit; !workers_.empty() && left > 0ms; left = end - steady_clock::now()) {
            pollfd watched = {ended_.get(), POLLIN, 0};
            ::poll(&watched, 1, static_cast<int>(std::chrono::ceil<milliseconds>(left).count()));
            reap();
        }
    }

    void signal_workers(int signal) const {
        for (const pid_t worker : workers_) {
            ::kill(worker, signal);
        }
    }

    Descriptor server_;
    bool server_ended_ = false;
    Nursery::Settings settings_;
    const Nursery::Work& work_;
    sigset_t mask_{};
    Descriptor ended_;
    std::set<pid_t> workers_;
    steady_clock::time_point started_;
};

[[noreturn]] void become_forker(Descriptor server, Nursery::Settings settings,
                                const Nursery::Work& work) {
    ::setpgid(0, 0);  // Ctrl-C is for the server, which ends us
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) {
        std::signal(signal, SIG_DFL);  // whatever our parent does about them
    }
    int status = 0;
    try {
        Forker(std::move(server), settings, work).run();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "forking workers: %s\n", failure.what());
        status = 1;
    }
    ::_exit(status);
}

}  // namespace

Nursery::Nursery(Settings settings, const Work& work) {
    SocketPair pair = make_socket_pair();
    process_ = fork_process();
    if (process_ == 0) {
        pair.ours = Descriptor();
        become_forker(std::move(pair.theirs), settings, work);
    }
    socket_ = std::move(pair.ours);
}

Nursery::~Nursery() {
    socket_ = Descriptor();
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace cookbook::fd_passing
