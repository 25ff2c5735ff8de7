#include "results.hpp"

#include <cstdio>
#include <deque>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "calls.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::rpc {
namespace {

constexpr std::size_t max_calls_at_once = 16;

/// Prints lines in the order in which they were asked for, whenever they are ready.
class OrderedLines {
public:
    using Place = std::optional<std::string>;

    Place& next() { return lines_.emplace_back(); }
    void print_ready() {
        for (; !lines_.empty() && lines_.front(); lines_.pop_front()) {
            print_line(stdout, *lines_.front());
        }
    }

private:
    std::deque<Place> lines_;  // which stay where they are
};

asio::awaitable<void> call_for_line(const Caller& caller, Form form, Call call, OrderedLines& lines,
                                    OrderedLines::Place& line) {
    try {
        const Value result = co_await caller(std::move(call));
        line = result_line(result, json_form(form));
    } catch (const RemoteError& error) {
        line = error_line(error, json_form(form));
    }
    lines.print_ready();
}

/// Spawns a call for each line. It is a child of the group itself, so that a call that ends the
/// connection ends the reading, too.
asio::awaitable<void> read_calls(const Caller& caller, Form form, TaskGroup& group,
                                 OrderedLines& lines) {
    const std::size_t max_calls = form == Form::json ? max_calls_at_once : 1;
    InputLines input(open_input(co_await this_coro::executor));
    std::exception_ptr failure;
    try {
        while (const std::optional<std::string> text = co_await input.next()) {
            Call call = parse_line(*text, json_form(form));
            co_await group.wait_for_fewer_than(max_calls + 1);
            const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
            if (cancellation.cancelled() != asio::cancellation_type::none) {
                throw boost::system::system_error(asio::error::operation_aborted);
            }
            group.spawn(call_for_line(caller, form, std::move(call), lines, lines.next()));
        }
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) {
        co_await group.wait_for_fewer_than(2);  // the calls of the lines before are answered
        std::rethrow_exception(failure);
    }
}

}  // namespace

JsonForm json_form(Form form) {
    return form == Form::json ? JsonForm::plain : JsonForm::typed;
}

asio::awaitable<void> print_result(Caller caller, Form form, Call call) {
    try {
        const Value result = co_await caller(std::move(call));
        print_line(stdout, messaging::to_json(result, json_form(form)));
    } catch (const RemoteError& error) {
        throw std::runtime_error(printable(error.what()));
    }
}

asio::awaitable<void> print_results(Caller caller, Form form) {
    TaskGroup group(co_await this_coro::executor);
    OrderedLines lines;
    group.spawn(read_calls(caller, form, group, lines));
    co_await group.join();
}

}  // namespace cookbook::rpc
