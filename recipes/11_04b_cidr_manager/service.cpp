#include "service.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "11_02_tcp_server/line_buffer.hpp"
#include "common/async/deadline.hpp"
#include "common/net/stream.hpp"

namespace cookbook::cidr_manager {
namespace {

/// One client.
class Conversing {
public:
    Conversing(tcp::socket socket, ServiceOptions options, Ledger& ledger)
        : stream_(std::move(socket)),
          options_(options),
          ledger_(ledger),
          lines_(options.max_line) {}

    asio::awaitable<void> run() {
        const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
        deadline_.expires_after(options_.limits.idle_timeout);
        for (bool ended = false; !ended;) {
            if (lines_.too_long()) {
                co_await refuse_line();
                break;
            }
            if (cancellation.cancelled() != asio::cancellation_type::none) {
                break;  // all that was asked is answered
            }
            const std::span<char> space = lines_.space();
            const auto [read_error, n] = co_await stream_.read_some(asio::buffer(space));
            if (read_error && read_error != asio::error::eof) {
                break;
            }
            ended = read_error.failed();
            const bool answered = co_await answer(ended ? lines_.rest() : lines_.take(n));
            ended = ended || !answered;
        }
        if (cancellation.cancelled() == asio::cancellation_type::total) {  // and not cut off
            co_await end_in_order();
        }
    }

private:
    /// Answers lines in order. False if the peer takes no more.
    asio::awaitable<bool> answer(std::string_view lines) {
        while (!lines.empty()) {
            take_group(lines);
            deadline_.clear();  // the disk's time is not the peer's
            co_await ledger_.run(jobs_);
            for (const Ledger::Job& job : jobs_) {
                responses_ += job.response;
            }
            jobs_.clear();
            deadline_.expires_after(options_.limits.idle_timeout);
            const error_code write_error = co_await write_all(stream_, asio::buffer(responses_));
            responses_.clear();
            if (write_error) {
                co_return false;
            }
            deadline_.expires_after(options_.limits.idle_timeout);
            co_await asio::post(stream_.get_executor(), use_awaitable);  // others' turn
        }
        co_return true;
    }

    /// Takes lines that can be answered together: either calculations, which are done at once, as
    /// long as their responses take little memory; or changes, which share a sync; or one look.
    void take_group(std::string_view& lines) {
        constexpr std::size_t max_responses = std::size_t{64} << 10;
        while (!lines.empty() && responses_.size() < max_responses) {
            std::string_view rest = lines;
            Request request = parse_request(tcp_server::take_line(rest));
            const bool calculation = request.kind == Request::Kind::calculation;
            if (calculation ? !jobs_.empty() : !responses_.empty()) {
                return;  // the next group begins with it
            }
            lines = rest;
            const bool change = request.kind == Request::Kind::change;
            if (calculation) {
                responses_ += respond(request, calculate);
            } else {
                jobs_.push_back({.request = std::move(request)});
            }
            if (!calculation && !change) {
                return;
            }
        }
    }

    asio::awaitable<void> refuse_line() {
        const std::string response = fmt::format(
            "{{\"error\":\"a request must have at most {} bytes\"}}\n", options_.max_line);
        const error_code write_error = co_await write_all(stream_, asio::buffer(response));
        if (!write_error) {
            co_await end_in_order();
        }
    }

    /// Lines may have come, or be on the way, that are not answered any more.
    asio::awaitable<void> end_in_order() {
        deadline_.clear();
        co_await lingering_close(stream_);
    }

    SocketStream stream_;
    ServiceOptions options_;
    Ledger& ledger_;
    tcp_server::LineBuffer lines_;
    Deadline deadline_{stream_};
    std::vector<Ledger::Job> jobs_;
    std::string responses_;
};

asio::awaitable<void> converse(tcp::socket socket, ServiceOptions options, Ledger& ledger) {
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    Conversing conversation(std::move(socket), options, ledger);
    co_await conversation.run();
}

}  // namespace

asio::awaitable<void> serve_requests(tcp::acceptor acceptor, ServiceOptions options,
                                     Ledger& ledger) {
    co_await serve(std::move(acceptor), options.limits, [&ledger, options](tcp::socket socket) {
        return converse(std::move(socket), options, ledger);
    });
}

}  // namespace cookbook::cidr_manager
