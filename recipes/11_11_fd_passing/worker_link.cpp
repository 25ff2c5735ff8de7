#include "worker_link.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cookbook::fd_passing {

std::size_t WorkerLink::room(clock::time_point now) const {
    if (now < rests_until_) {
        return 0;
    }
    const std::size_t max = reports_ == Reports::each ? max_unanswered : 1;
    return max - std::min(max, unanswered_.size());
}

std::optional<WorkerLink::clock::time_point> WorkerLink::rests_until(clock::time_point now) const {
    return now < rests_until_ ? std::optional(rests_until_) : std::nullopt;
}

void WorkerLink::sent(std::vector<Client> clients) {
    std::ranges::move(clients, std::back_inserter(unanswered_));
}

bool WorkerLink::receive_reports(std::string_view bytes, clock::time_point now,
                                 std::vector<Client>& returned) {
    return std::ranges::all_of(bytes,
                               [&](char report) { return receive_report(report, now, returned); });
}

bool WorkerLink::receive_report(char report, clock::time_point now, std::vector<Client>& returned) {
    if (reports_ == Reports::none) {
        return false;
    }
    // [step 3] Keep our copy of a connection until the worker has answered for it.
    if (report == 'D' && served_ > 0) {
        --served_;
        return true;
    }
    if ((report != 'A' && report != 'N') || unanswered_.empty()) {
        return false;
    }
    if (report == 'A') {
        ++served_;
    } else {
        returned.push_back(std::move(unanswered_.front()));
        let_rest(now);
    }
    unanswered_.pop_front();
    return true;
    // [end]
}

void WorkerLink::message_read() {
    // It reads the next message when the connection before has ended: so it serves one at most.
    served_ = 1;
    unanswered_.clear();
}

std::vector<Client> WorkerLink::end(LinkEnd how) {
    // [step 4] What it has not answered is given to others; what it has taken ends with it.
    if (reports_ == Reports::none && how == LinkEnd::orderly) {
        message_read();  // a message that was not read would have made it a reset
    }
    std::vector<Client> owed;
    std::ranges::move(unanswered_, std::back_inserter(owed));
    unanswered_.clear();
    return owed;
    // [end]
}

}  // namespace cookbook::fd_passing
