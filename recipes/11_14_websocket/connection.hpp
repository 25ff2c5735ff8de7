// One WebSocket connection over any Stream, for both roles: reading, pings, the end.
#pragma once

#include <boost/asio/cancellation_state.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/async/deadline.hpp"
#include "message.hpp"
#include "sender.hpp"

namespace cookbook::websocket {

/// A connection after its opening handshake. It belongs to one coroutine, which reads:
///
///     while (co_await peer.wait()) {
///         while (const auto message = peer.next()) {
///             peer.send(Opcode::text, message->data);
///         }
///     }
///
/// Others may send and close(). Use it within converse(), which sees to its end.
class Connection {
public:
    /// `stream` and `options` must outlive the connection.
    Connection(Stream& stream, const Options& options, Opened opened, WhenFull when_full);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends what is queued, then waits until something has come. False if the connection has
    /// ended: ending() says how.
    asio::awaitable<bool> wait();
    /// The next message of what has come. Pings are answered meanwhile, and a Close.
    [[nodiscard]] std::optional<Event> next();

    /// Queues a message, for the next flush() or wait().
    void send(Opcode opcode, std::string_view payload);
    /// Queues a message to many; a server's.
    void send(Broadcast& message);
    /// Sends what the network takes at once; the rest follows as it takes more.
    void flush() { sender_.flush(); }
    /// Waits until at most half of the queue is taken; sends what is queued if it is more.
    asio::awaitable<void> wait_for_room();

    /// Says Close, once: what is queued goes out before it, or is discarded. The peer has
    /// close_timeout to answer.
    void close(std::uint16_t code, std::string_view reason,
               SendQueue::Unsent unsent = SendQueue::Unsent::send);
    /// Whether one of us has said Close, or the connection is gone.
    [[nodiscard]] bool is_closing() const noexcept { return sender_.ended() || is_over(); }
    /// How the connection has ended, or is about to.
    [[nodiscard]] const Ending& ending() const noexcept { return ending_; }

private:
    friend asio::awaitable<void> converse(Connection&, asio::awaitable<void>);

    /// What common's Deadline closes when the time is up.
    struct Watch {
        Connection& connection;
        asio::any_io_executor get_executor() { return connection.stream_.get_executor(); }
        void close(error_code&) { connection.on_silence(); }
        void cancel(error_code&) { connection.on_silence(); }
    };

    void on_received(error_code error, std::size_t size);
    [[nodiscard]] Deadline::clock::duration patience() const;
    void on_silence();
    void give_up();
    void heed_cancellation();
    void end_reading(std::uint16_t code, std::string_view reason);
    asio::awaitable<void> wait_for_sender();
    asio::awaitable<void> finish();
    asio::awaitable<void> end_stream();
    [[nodiscard]] bool is_over() const noexcept { return reading_ended_ || sender_.is_broken(); }

    Stream& stream_;
    const Options& options_;
    Role role_;
    MessageReader reader_;
    std::unique_ptr<char[]> buffer_;
    std::string early_;      // the peer's first frames
    std::span<char> input_;  // what has come and was not read yet
    Sender sender_;
    Watch watch_{*this};
    Deadline silence_{watch_};
    Deadline::clock::time_point heard_ = Deadline::clock::now();  // when a byte came last
    Ending ending_;
    asio::cancellation_state cancellation_;  // of the coroutine that reads
    bool reading_ended_ = false;             // nothing that comes counts any more
    bool has_pinged_ = false;                // since a byte came last
};

/// What is done with a connection once it is open.
using Talk = std::function<asio::awaitable<void>(Connection& peer)>;

/// Runs `talk`, which uses the connection, and then sees it to its end: says Close, waits for the
/// peer's, and ends the stream; a server ends it first. What `talk` throws is logged, and told the
/// peer as 1011.
asio::awaitable<void> converse(Connection& connection, asio::awaitable<void> talk);

}  // namespace cookbook::websocket
