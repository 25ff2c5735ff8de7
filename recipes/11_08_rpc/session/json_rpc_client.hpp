// The client's side of JSON-RPC: any number of calls at once over one connection.
#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "11_08_rpc/call/deduce.hpp"
#include "11_08_rpc/forms/json_rpc.hpp"
#include "connection_channel.hpp"

namespace cookbook::rpc {

class JsonRpcClient {
public:
    using duration = Context::clock::duration;

    /// `silence`: how long the server may send nothing while it owes a response.
    JsonRpcClient(std::unique_ptr<Channel> channel, duration silence);
    JsonRpcClient(Connection connection, duration silence)
        : JsonRpcClient(std::make_unique<ConnectionChannel>(std::move(connection)), silence) {}

    /// Runs `body`, which may call, and receives the responses meanwhile; ends with it, and as it
    /// does. Run it once.
    asio::awaitable<void> run(asio::awaitable<void> body);

    /// Calls and waits for the result, within run(). With a timeout the server is told of it, and
    /// nobody waits longer: then the call alone ends, with deadline_passed, whoever notices first.
    /// Throws the exception that the server responds with, JsonRpcError or one of Python's; and
    /// what has ended the connection for all its calls, such as ConnectionClosed and FormError.
    /// A call that is given up or cancelled while its request is being sent ends the connection,
    /// too: it throws timed_out, and the others connection_aborted. Throws std::invalid_argument
    /// for arguments both by position and by name.
    asio::awaitable<Value> call(Call call, std::optional<duration> timeout = std::nullopt);

private:
    /// A request whose response has not come.
    struct Pending {
        explicit Pending(const asio::any_io_executor& executor)
            : done(executor, asio::steady_timer::time_point::max()) {}
        std::optional<Response> response;
        asio::steady_timer done;  // cancelled when it is
    };
    class Place;

    asio::awaitable<void> receive();
    asio::awaitable<void> flush();
    void end(std::exception_ptr reason);
    asio::awaitable<void> wait_for(Pending& pending);
    void take(Response response);

    std::unique_ptr<Channel> channel_;
    duration silence_;
    std::map<std::int64_t, Pending> pending_;
    std::int64_t last_id_ = 0;
    std::exception_ptr end_;  // of the connection
};

}  // namespace cookbook::rpc
