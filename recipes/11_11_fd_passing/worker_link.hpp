// What a server knows of one worker: which connections it has been given, and for which of them it
// has not answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/net/descriptor.hpp"
#include "greeting.hpp"

namespace cookbook::fd_passing {

/// A connection that has been accepted. Ours is a copy as soon as a worker has one.
struct Client {
    Descriptor socket;
    std::string name;  // its address
};

/// How a worker's connection has ended: reset if something that we sent had not been read.
enum class LinkEnd { orderly, reset };

/// The rules by which nothing that was accepted is lost, and nothing served twice. Pure: it does no
/// I/O, and is given the time.
///
/// A worker that reports sends single bytes: `A`, it has taken the oldest connection for which it
/// has not answered; `N`, it has not taken that; `D`, one that it served has ended. One that does
/// not report has taken a connection when it has read the message.
class WorkerLink {
public:
    using clock = std::chrono::steady_clock;

    /// It may have so many connections without an answer. One that is only slow keeps them: what
    /// was sent to it can be read even after we have hung up, so taken back they could be served
    /// twice.
    static constexpr std::size_t max_unanswered = 64;
    /// How long a worker is left alone after it has not taken a connection.
    static constexpr std::chrono::seconds rest{1};

    explicit WorkerLink(const Greeting& greeting)
        : reports_(greeting.reports), served_(greeting.served) {}

    /// How many connections the next message to it may have.
    [[nodiscard]] std::size_t room(clock::time_point now) const;
    /// When it may be given connections again, if that is only a matter of time.
    [[nodiscard]] std::optional<clock::time_point> rests_until(clock::time_point now) const;
    /// Leaves it alone for a while.
    void let_rest(clock::time_point now) { rests_until_ = now + rest; }

    /// A message with these connections has been sent to it.
    void sent(std::vector<Client> clients);

    /// It has sent these bytes. Appends to `returned` what it has not taken. False if a byte
    /// answers nothing: its connection must end.
    bool receive_reports(std::string_view bytes, clock::time_point now,
                         std::vector<Client>& returned);

    /// It does not report, and has read the message that was sent.
    void message_read();

    /// It has ended: what it has not taken, oldest first, to be given to others. What it has
    /// reported before its end must have been received.
    std::vector<Client> end(LinkEnd how);

    [[nodiscard]] Reports reports() const { return reports_; }
    [[nodiscard]] std::size_t unanswered() const { return unanswered_.size(); }
    /// The connections that were handed over to it and have not ended, as far as one can know.
    [[nodiscard]] std::size_t load() const { return unanswered_.size() + served_; }

private:
    bool receive_report(char report, clock::time_point now, std::vector<Client>& returned);

    Reports reports_;
    std::size_t served_;
    std::deque<Client> unanswered_;  // our copies, until it answers
    clock::time_point rests_until_ = clock::time_point::min();
};

}  // namespace cookbook::fd_passing
