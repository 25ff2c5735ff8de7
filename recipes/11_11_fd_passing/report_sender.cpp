#include "report_sender.hpp"

#include <tuple>

namespace cookbook::fd_passing {

ReportSender::ReportSender(StreamSocket& socket)
    : socket_(socket), added_(socket.get_executor(), asio::steady_timer::time_point::max()) {}

void ReportSender::send(std::string_view reports) {
    if (given_up_ || unsent_.size() + reports.size() > max_unsent) {
        given_up_ =
            true;  // for good: what comes behind a gap would answer for the wrong connection
        return;
    }
    const bool first = unsent_.empty();
    unsent_.append(reports);
    if (first) {
        send_some();
        added_.cancel();
    }
}

void ReportSender::send_some() {
    error_code error;
    unsent_.erase(0, socket_.write_some(asio::buffer(unsent_), error));
    if (error && error != asio::error::would_block) {  // whoever receives from the socket is told
        given_up_ = true;
        unsent_.clear();
    }
}

asio::awaitable<void> ReportSender::send_rest() {
    error_code broken;
    while (!broken) {
        if (unsent_.empty()) {
            co_await added_.async_wait(use_nothrow);
        } else {
            std::tie(broken) = co_await socket_.async_wait(StreamSocket::wait_write, use_nothrow);
            send_some();
        }
    }
}

}  // namespace cookbook::fd_passing
