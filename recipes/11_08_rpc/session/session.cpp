#include "session.hpp"

#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "11_08_rpc/forms/json_rpc.hpp"
#include "common/async/task_group.hpp"
#include "flights.hpp"
#include "ticket.hpp"

namespace cookbook::rpc {
namespace {

/// Replies that are ready together go out together, but not so many that memory grows.
constexpr std::size_t max_unsent = std::size_t{64} << 10U;

/// For what is replied to without a call.
constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

constexpr auto no_limit = asio::steady_timer::duration::max();

class Session {
public:
    Session(Channel& channel, const RpcHandler& handler, SessionOptions options,
            const asio::any_io_executor& executor)
        : channel_(channel),
          handler_(handler),
          options_(options),
          flights_(executor),
          calls_(executor) {}

    asio::awaitable<void> run();

private:
    asio::awaitable<void> receive();
    asio::awaitable<void> take_pickle(std::string_view message);
    asio::awaitable<void> take_json(std::string_view message);
    asio::awaitable<void> wait_for_room(std::size_t max_calls);
    asio::awaitable<void> heed_cancellation();
    void begin(const Call& call, Ticket ticket, Context context);
    asio::awaitable<void> finish(asio::awaitable<Value> coroutine, Ticket ticket, Context context);
    void reply(const Ticket& ticket, const auto& outcome);

    Channel& channel_;
    const RpcHandler& handler_;
    SessionOptions options_;
    Flights flights_;
    TaskGroup calls_;
    bool is_finishing_ = false;
};

asio::awaitable<void> Session::run() {
    std::exception_ptr failure;
    try {
        co_await receive();
        co_await heed_cancellation();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure || !is_finishing_) {
        calls_.cancel();  // the peer has left: nobody waits for the results
    }
    co_await calls_.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

/// Until the end, or the order to finish: then what has come already is dealt with, and no more.
asio::awaitable<void> Session::receive() {
    while (!is_finishing_ || channel_.has_message()) {
        const auto message = co_await channel_.receive();
        if (!message) {
            co_return;
        }
        co_await (is_pickle(*message) ? take_pickle(*message) : take_json(*message));
        if (channel_.unsent() >= max_unsent || !channel_.has_message()) {
            co_await channel_.flush();
        }
    }
}

/// Replies without ids are told apart by their order: so one call runs after the other.
asio::awaitable<void> Session::take_pickle(std::string_view message) {
    co_await wait_for_room(1);
    std::exception_ptr failure;
    try {
        if (message == dropped_pickle && options_.carrier == Carrier::zmq) {
            throw FormError("too many calls are waiting");
        }
        const auto [form, call] = unwrap_call(message);
        if (form == Form::pickle && options_.carrier == Carrier::zmq) {
            throw FormError("no call: a pickle within a pickle");
        }
        begin(call, {.form = form}, {});
    } catch (const std::runtime_error& error) {  // FormError, PickleError
        if (options_.carrier == Carrier::zmq) {
            reply({.form = Form::tuple}, std::make_exception_ptr(ValueError(error.what())));
        } else {
            failure = std::current_exception();
        }
    }
    if (failure) {
        co_await channel_.flush();  // the replies to the calls before it
        std::rethrow_exception(failure);
    }
}

asio::awaitable<void> Session::take_json(std::string_view message) {
    const auto now = Context::clock::now();
    const auto [is_batch, requests] = parse_requests(message);
    const auto batch = is_batch ? std::make_shared<Batch>(requests.size()) : nullptr;
    for (const Request& request : requests) {
        const Ticket ticket{Form::json, request.id, batch};
        if (request.error) {
            co_await wait_for_room(any_number);
            reply(ticket, std::make_exception_ptr(JsonRpcError(*request.error)));
        } else if (const auto id = id_to_cancel(request)) {
            flights_.cancel(*id);
            reply(ticket, Value());
        } else {
            co_await wait_for_room(options_.max_calls);
            begin(request.call, ticket, {.deadline = deadline_after(now, request.timeout)});
        }
    }
}

/// Waits until there are fewer calls than that, and the peer has taken its replies: backpressure,
/// since meanwhile nothing is received. So nobody else notices when the peer leaves, and we look
/// now and then: throws eof. Throws operation_aborted if the server's patience ends.
asio::awaitable<void> Session::wait_for_room(std::size_t max_calls) {
    while (channel_.is_sending() || calls_.size() >= max_calls) {
        if (channel_.has_ended()) {
            throw boost::system::system_error(asio::error::eof);
        }
        co_await heed_cancellation();
        co_await calls_.wait_for_end(1s);
    }
}

/// The order to finish is remembered, and leaves us free to wait on: the next one, when the
/// server's patience ends, throws operation_aborted.
asio::awaitable<void> Session::heed_cancellation() {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    if (cancellation.cancelled() == asio::cancellation_type::total) {
        is_finishing_ = true;
        co_await this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    } else if (cancellation.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

void Session::begin(const Call& call, Ticket ticket, Context context) {
    try {
        if (context.deadline <= Context::clock::now()) {
            throw JsonRpcError(Code::deadline_passed);
        }
        Result result = handler_.call(call, context);
        if (const auto* value = std::get_if<Value>(&result)) {
            reply(ticket, *value);
            return;
        }
        channel_.set_idle_timeout(no_limit);  // the peer waits for us
        calls_.spawn(finish(std::get<asio::awaitable<Value>>(std::move(result)), std::move(ticket),
                            context));
    } catch (...) {
        reply(ticket, std::current_exception());
    }
}

/// Replies when the coroutine has ended, whatever has been replied to meanwhile.
asio::awaitable<void> Session::finish(asio::awaitable<Value> coroutine, Ticket ticket,
                                      Context context) {
    // [step 4] Wait for the outcome, then send it with the call's own id; not if the peer is gone.
    std::variant<Value, std::exception_ptr> outcome;
    try {
        outcome = co_await flights_.run(ticket.id, context.deadline, std::move(coroutine));
    } catch (...) {
        outcome = std::current_exception();
    }
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        co_return;
    }
    std::visit([&](const auto& known) { reply(ticket, known); }, outcome);
    // [end]
    // Only then look who is left: a call that sends the others' replies, too, is the last one.
    co_await channel_.flush();
    if (calls_.size() == 1) {
        channel_.set_idle_timeout(options_.idle_timeout);
    }
}

void Session::reply(const Ticket& ticket, const auto& outcome) {
    if (const std::optional<std::string> message = ticket.complete(outcome)) {
        channel_.put(*message);
    }
}

}  // namespace

asio::awaitable<void> serve_calls(Channel& channel, std::shared_ptr<const RpcHandler> handler,
                                  SessionOptions options) {
    Session session(channel, *handler, options, co_await this_coro::executor);
    co_await session.run();
}

asio::awaitable<void> serve_calls(Connection connection, std::shared_ptr<const RpcHandler> handler,
                                  SessionOptions options) {
    ConnectionChannel channel(std::move(connection));
    co_await serve_calls(channel, std::move(handler), options);
}

}  // namespace cookbook::rpc
