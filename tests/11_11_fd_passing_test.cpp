// Recipe 11.11, the message that carries descriptors: what is sent, and what is refused.
// 11_11_fd_passing_test_link.cpp tests the rules of the hand-over, …_server.cpp the server,
// …_worker.cpp the worker, …_take_over.cpp the restart, …_fork.cpp children.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "11_11_fd_passing/fd_message.hpp"
#include "11_11_fd_passing_descriptors.hpp"
#include "common/async/asio.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;

/// What a receiver that knows nothing of our format finds.
struct Raw {
    ssize_t size = 0;
    std::array<char, 8> data{};
    std::vector<Descriptor> descriptors;
    int control_messages = 0;
};

Raw receive_raw(int socket) {
    Raw raw;
    alignas(cmsghdr) std::array<char, 4096> control;
    iovec data = {raw.data.data(), raw.data.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    raw.size = ::recvmsg(socket, &message, MSG_DONTWAIT);
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); raw.size >= 0 && header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        ++raw.control_messages;
        BOOST_TEST((header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS));
        for (std::size_t i = 0; i < (header->cmsg_len - CMSG_LEN(0)) / sizeof(int); ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            raw.descriptors.emplace_back(descriptor);
        }
    }
    return raw;
}

std::string error_of(const boost::system::result<FdMessage>& result) {
    return result ? "none" : result.error().message();
}

std::string message_of(Error error) {
    return make_error_code(error).message();
}

/// Sends `bytes` as they are, with `count` descriptors.
void send_raw(int socket, const std::string& bytes, std::size_t count) {
    const OpenFiles files(count);
    BOOST_TEST_REQUIRE(send_with(socket, bytes, files.descriptors()) > 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing)

// --- Step 1: sending -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(sends_one_byte_and_one_control_message) {
    for (const std::size_t count : {1U, 2U, 3U, 64U, 253U}) {
        const UnixPair pair;
        const OpenFiles files(count);
        const error_code error = send_fds(pair.near(), files.descriptors());
        BOOST_TEST_REQUIRE(!error, count << " descriptors were not sent: " << error.message());
        const Raw raw = receive_raw(pair.far());
        BOOST_TEST(raw.size == 1, "send_handle() sends one byte beside the descriptors");
        BOOST_TEST(static_cast<unsigned char>(raw.data[0]) == count,
                   "the byte is the number of descriptors");
        BOOST_TEST(raw.control_messages == 1, "all descriptors go in one SCM_RIGHTS message");
        BOOST_TEST_REQUIRE(raw.descriptors.size() == count);
        for (std::size_t i = 0; i < count; ++i) {
            BOOST_TEST(same_file(raw.descriptors[i].get(), files.descriptors()[i]),
                       "descriptor " << i << " has become another file");
        }
    }
}

BOOST_AUTO_TEST_CASE(sends_no_more_than_the_kernel_takes) {
    const UnixPair pair;
    const OpenFiles files(254);
    BOOST_TEST((send_fds(pair.near(), files.descriptors()) == asio::error::invalid_argument),
               "sendmsg takes at most 253 descriptors (SCM_MAX_FD)");
    BOOST_TEST((send_fds(pair.near(), {}) == asio::error::invalid_argument),
               "a message without descriptors is none");
    BOOST_TEST(receive_raw(pair.far()).size == -1, "and nothing has been sent");
}

BOOST_AUTO_TEST_CASE(says_why_it_could_not_send) {
    const OpenFiles files(1);
    UnixPair pair;
    pair.close_far();
    BOOST_TEST((send_fds(pair.near(), files.descriptors()) == asio::error::broken_pipe),
               "a peer that has gone is an error, and no SIGPIPE");
    const UnixPair full;
    std::size_t sent = 0;
    error_code error;
    while (sent < 10'000 && !(error = send_fds(full.near(), files.descriptors()))) {
        ++sent;
    }
    BOOST_TEST((error == asio::error::would_block),
               "a non-blocking socket that is full says so: " << error.message());
    BOOST_TEST(sent > 64U, "a socket holds more messages than a worker may leave unanswered");
}

// --- Step 2: receiving ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(receives_what_was_sent) {
    for (const std::size_t count : {1U, 2U, 3U, 64U, 253U}) {
        const std::size_t before = open_descriptors();
        const UnixPair pair;
        const OpenFiles files(count);
        BOOST_TEST_REQUIRE(!send_fds(pair.near(), files.descriptors()));
        {
            const auto received = recv_fds(pair.far());
            BOOST_TEST_REQUIRE(error_of(received) == "none");
            BOOST_TEST_REQUIRE(received->descriptors.size() == count);
            BOOST_TEST(received->lost == 0U);
            for (std::size_t i = 0; i < count; ++i) {
                const int descriptor = received->descriptors[i].get();
                BOOST_TEST(same_file(descriptor, files.descriptors()[i]),
                           "descriptor " << i << " has become another file");
                BOOST_TEST((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0,
                           "without MSG_CMSG_CLOEXEC every child inherits what was received");
            }
        }
        BOOST_TEST(open_descriptors() == before + 2 + count,
                   "what was received is open though its owner has gone");
    }
}

BOOST_AUTO_TEST_CASE(receives_one_message_at_a_time) {
    const UnixPair pair;
    const OpenFiles files(3);
    BOOST_TEST_REQUIRE(!send_fds(pair.near(), files.descriptors()));
    BOOST_TEST_REQUIRE(!send_fds(pair.near(), files.descriptors().first(2)));
    send_raw(pair.near(), "\1", 1);
    for (const std::size_t count : {3U, 2U, 1U}) {
        const auto received = recv_fds(pair.far());
        BOOST_TEST_REQUIRE(error_of(received) == "none");
        BOOST_TEST(received->descriptors.size() == count,
                   "a read of more than one byte takes the descriptors of the next message, too");
    }
    send_raw(pair.near(), "AB", 0);
    BOOST_TEST_REQUIRE(!send_fds(pair.near(), files.descriptors()));
    for (int byte = 0; byte < 2; ++byte) {
        BOOST_TEST(error_of(recv_fds(pair.far())) == message_of(Error::no_descriptors),
                   "bytes before a message are not its own");
    }
    BOOST_TEST(recv_fds(pair.far()).has_value(), "and whoever reads them reads no further");
    BOOST_TEST((recv_fds(pair.far()).error() == asio::error::would_block),
               "an empty non-blocking socket says so");
}

BOOST_AUTO_TEST_CASE(tells_the_end_from_an_error) {
    UnixPair pair;
    pair.close_near();
    BOOST_TEST((recv_fds(pair.far()).error() == asio::error::eof));
    UnixPair reset;
    send_raw(reset.far(), "x", 1);
    reset.close_near();
    BOOST_TEST((recv_fds(reset.far()).error() == asio::error::connection_reset),
               "a peer that has gone without reading all resets the connection");
}

BOOST_AUTO_TEST_CASE(closes_what_does_not_have_the_right_form) {
    struct Case {
        std::string bytes;
        std::size_t descriptors;
        Error error;
    };
    using namespace std::string_literals;
    for (const auto& [bytes, descriptors, error] :
         {Case{"\0"s, 1, Error::wrong_count}, Case{"\2", 1, Error::wrong_count},
          Case{"\1", 2, Error::wrong_count}, Case{"\xff", 253, Error::wrong_count},
          Case{"\xfc", 253, Error::wrong_count}, Case{"A", 3, Error::wrong_count},
          Case{"\1", 0, Error::no_descriptors}, Case{"\0"s, 0, Error::no_descriptors},
          Case{"A", 0, Error::no_descriptors}}) {
        const UnixPair pair;
        const std::size_t before = open_descriptors();
        send_raw(pair.near(), bytes, descriptors);
        BOOST_TEST(error_of(recv_fds(pair.far())) == message_of(error),
                   to_hex(bytes) << " with " << descriptors << " descriptors is no message");
        BOOST_TEST(open_descriptors() == before,
                   "the descriptors of a message that was refused are still open: own them before "
                   "you check them");
    }
}

BOOST_AUTO_TEST_CASE(refuses_control_data_of_another_kind) {
    const UnixPair pair;
    const int on = 1;
    ::setsockopt(pair.far(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
    const std::size_t before = open_descriptors();
    for (const std::size_t descriptors : {0U, 1U, 5U}) {
        send_raw(pair.near(), std::string(1, static_cast<char>(descriptors)), descriptors);
        BOOST_TEST(error_of(recv_fds(pair.far())) == message_of(Error::other_control_data),
                   "credentials (SO_PASSCRED) are no descriptors");
        BOOST_TEST(open_descriptors() == before, "but what came beside them must be closed");
    }
}

BOOST_AUTO_TEST_CASE(takes_no_more_than_it_asked_for) {
    // CMSG_SPACE() of one int has room for two: the kernel fills it.
    for (const std::size_t max : {1U, 2U, 3U, 4U, 5U}) {
        const UnixPair pair;
        const std::size_t before = open_descriptors();
        send_raw(pair.near(), "\6", 6);
        {
            const auto received = recv_fds(pair.far(), max);
            BOOST_TEST_REQUIRE(error_of(received) == "none");
            BOOST_TEST(received->descriptors.size() == max);
            BOOST_TEST(received->lost == 6 - max, "the rest is lost, and it says so");
            BOOST_TEST(open_descriptors() == before + max,
                       "a descriptor that nobody asked for has come, and is open: one for the "
                       "alignment of CMSG_SPACE()");
        }
        BOOST_TEST(open_descriptors() == before);
    }
}

BOOST_AUTO_TEST_CASE(closes_what_nobody_has_taken_out_and_nothing_else) {
    const UnixPair pair;
    const std::size_t before = open_descriptors();
    send_raw(pair.near(), "\x9", 9);
    std::vector<Descriptor> taken;
    {
        auto received = recv_fds(pair.far());
        BOOST_TEST_REQUIRE(error_of(received) == "none");
        for (const std::size_t at : {0U, 4U, 5U}) {
            taken.push_back(std::move(received->descriptors.at(at)));
        }
    }
    BOOST_TEST(open_descriptors() == before + taken.size());
    for (const Descriptor& descriptor : taken) {
        BOOST_TEST(::fcntl(descriptor.get(), F_GETFD) != -1, "closed, and it was ours");
    }
}

BOOST_AUTO_TEST_CASE(tells_how_many_it_had_no_room_for) {
    for (const std::size_t spare : {0U, 1U, 2U, 4U}) {
        const UnixPair pair;
        send_raw(pair.near(), "\5", 5);
        const std::size_t before = open_descriptors();
        {
            boost::system::result<FdMessage> received = Error::no_descriptors;
            {
                const FewDescriptors few(spare);
                received = recv_fds(pair.far());
            }
            BOOST_TEST_REQUIRE(
                error_of(received) == "none",
                "out of descriptors, recvmsg succeeds and sets MSG_CTRUNC: " << error_of(received));
            BOOST_TEST(received->descriptors.size() == spare, "the first ones have arrived");
            BOOST_TEST(received->lost == 5 - spare, "the others are lost");
        }
        BOOST_TEST(open_descriptors() == before);
    }
}

BOOST_AUTO_TEST_CASE(goes_on_after_a_signal) {
    const UnixPair pair;
    send_raw(pair.near(), "\1", 1);
    const FailCalls interrupted(Call::recvmsg, EINTR, 3, Where::descriptor(pair.far()));
    const auto received = recv_fds(pair.far());
    BOOST_TEST(error_of(received) == "none");
    BOOST_TEST(interrupted.struck() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
