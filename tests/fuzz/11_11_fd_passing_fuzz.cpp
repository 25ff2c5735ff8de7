// 11.11: whatever a worker reports, each connection is returned or owed once, or was taken;
// whatever bytes and descriptors come in a message, none of them stays open; whatever a greeting
// is, it is a pid or refused.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_07_messaging/pickle/pickle.hpp"
#include "11_11_fd_passing/fd_message.hpp"
#include "11_11_fd_passing/greeting.hpp"
#include "11_11_fd_passing/worker_link.hpp"

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace std::chrono_literals;

namespace {

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// --- Reports -------------------------------------------------------------------------------------

/// A link beside the plainest model of it: every connection is in one place.
class Model {
public:
    explicit Model(const Greeting& greeting) : link_(greeting), greeting_(greeting) {}

    /// False: its connection ends.
    bool step(std::uint8_t input) {
        now_ += std::chrono::milliseconds(input);
        if (input % 4 == 0) {
            send(link_.room(now_), input / 4U);
            return true;
        }
        if (greeting_.reports == Reports::none && input % 4 == 1) {
            if (link_.unanswered() > 0) {
                link_.message_read();
                taken_ += unanswered_;
                unanswered_ = 0;
            }
            return true;
        }
        constexpr std::string_view reports = "AANNDDxA";
        const char report = reports[input / 4U % reports.size()];
        return receive(report);
    }

    void end(LinkEnd how) {
        std::vector<Client> owed = link_.end(how);
        const bool all_read = greeting_.reports == Reports::none && how == LinkEnd::orderly;
        check(owed.size() == (all_read ? 0 : unanswered_));
        for (Client& client : owed) {
            come_back(client);
        }
        check(link_.unanswered() == 0 && link_.end(how).empty());
    }

private:
    void send(std::size_t room, std::size_t count) {
        std::vector<Client> clients;
        for (count = std::min(room, count); count > 0; --count) {
            clients.push_back({Descriptor(), std::to_string(sent_++)});
        }
        unanswered_ += clients.size();
        link_.sent(std::move(clients));
        check(link_.unanswered() == unanswered_ && unanswered_ <= WorkerLink::max_unanswered);
    }

    bool receive(char report) {
        std::vector<Client> returned;
        const bool valid = link_.receive_reports({&report, 1}, now_, returned);
        const bool answers = report == 'A' || report == 'N';
        const bool expected =
            greeting_.reports == Reports::each &&
            (answers ? unanswered_ > 0 : report == 'D' && taken_ + greeting_.served > ended_);
        check(valid == expected && returned.size() == (valid && report == 'N' ? 1 : 0));
        if (valid) {
            unanswered_ -= answers ? 1 : 0;
            taken_ += report == 'A' ? 1 : 0;
            ended_ += report == 'D' ? 1 : 0;
            check(report != 'N' || link_.room(now_) == 0);
            check(link_.load() == unanswered_ + taken_ + greeting_.served - ended_);
        }
        for (Client& client : returned) {
            come_back(client);
        }
        return valid;
    }

    void come_back(const Client& client) { check(came_back_.insert(client.name).second); }

    WorkerLink link_;
    Greeting greeting_;
    WorkerLink::clock::time_point now_{};
    std::size_t sent_ = 0;
    std::size_t unanswered_ = 0;
    std::size_t taken_ = 0;
    std::size_t ended_ = 0;
    std::set<std::string> came_back_;
};

void fuzz_link(std::string_view input, const Greeting& greeting, LinkEnd how) {
    Model model(greeting);
    for (const char byte : input) {
        if (!model.step(static_cast<std::uint8_t>(byte))) {
            break;
        }
    }
    model.end(how);
}

// --- Messages ------------------------------------------------------------------------------------

int lowest_free() {
    const Descriptor free(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open");
    return free.get();
}

/// `bytes` with `count` descriptors, perhaps with credentials beside them.
void send_message(int socket, std::string bytes, std::size_t count) {
    const std::vector<int> descriptors(count, socket);
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)> control{};
    iovec data = {bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (count > 0) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int) * count);
        std::memcpy(CMSG_DATA(header), descriptors.data(), sizeof(int) * count);
    }
    ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

void fuzz_message(std::string_view input, std::size_t max, bool credentials) {
    std::array<int, 2> ends{};
    check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const Descriptor near(ends[0]);
    const Descriptor far(ends[1]);
    const int on = credentials ? 1 : 0;
    ::setsockopt(far.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    const int before = lowest_free();
    for (std::size_t i = 0; i + 1 < input.size() && i < 16; i += 2) {
        const auto count = static_cast<std::uint8_t>(input[i]) % (max_descriptors + 1);
        send_message(near.get(), std::string(1, input[i + 1]), count);
        const auto received = recv_fds(far.get(), max);
        if (received) {
            const std::size_t told = static_cast<std::uint8_t>(input[i + 1]);
            check(received->descriptors.size() <= max);
            check(received->descriptors.size() + received->lost == told);
            check(!credentials && !received->descriptors.empty());
        }
    }
    check(lowest_free() == before);
}

void fuzz_greeting(std::string_view input) {
    try {
        const Greeting greeting = parse_greeting(messaging::from_pickle(input, 1U << 20U));
        check(greeting.pid > 0 && parse_greeting(make_greeting(greeting)).pid == greeting.pid);
    } catch (const messaging::PickleError&) {
    } catch (const std::invalid_argument&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    const auto reports = data[0] % 2 == 0 ? Reports::each : Reports::none;
    fuzz_link(input, {.pid = 1, .reports = reports, .served = data[1] % 4U},
              data[0] % 4 < 2 ? LinkEnd::orderly : LinkEnd::reset);
    fuzz_message(input, 1U + data[1] % max_descriptors, data[0] % 8 == 7);
    fuzz_greeting(input);
    return 0;
}
