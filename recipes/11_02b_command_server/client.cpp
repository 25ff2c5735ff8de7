#include "client.hpp"

#include <array>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/async/within.hpp"
#include "common/cli/conversation.hpp"
#include "common/cli/output.hpp"
#include "common/net/stream.hpp"
#include "common/net/tcp.hpp"
#include "tally.hpp"

namespace cookbook::command_server {
namespace {

std::string_view text_of(asio::const_buffer buffer, std::size_t size) {
    return {static_cast<const char*>(buffer.data()), std::min(size, buffer.size())};
}

/// A connection that counts what goes by.
class CountingStream final : public Stream {
public:
    CountingStream(tcp::socket socket, Tally& tally) : stream_(std::move(socket)), tally_(tally) {}

    asio::any_io_executor get_executor() override { return stream_.get_executor(); }
    [[nodiscard]] tcp::endpoint peer() const override { return stream_.peer(); }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override {
        const Transferred read = co_await stream_.read_some(buffer);
        tally_.add_received(text_of(buffer, std::get<1>(read)));
        co_return read;
    }
    std::size_t write_now(Buffers buffers, error_code& error) override {
        return count(buffers, stream_.write_now(buffers, error));
    }
    asio::awaitable<Transferred> write(Buffers buffers) override {
        const Transferred written = co_await stream_.write(buffers);
        count(buffers, std::get<1>(written));
        co_return written;
    }
    asio::awaitable<void> shut_down() override { return stream_.shut_down(); }
    void cancel(error_code& error) override { stream_.cancel(error); }
    void close(error_code& error) override { stream_.close(error); }

private:
    std::size_t count(Buffers buffers, std::size_t size) {
        std::size_t left = size;
        for (const asio::const_buffer& buffer : buffers) {
            tally_.add_sent(text_of(buffer, left));
            left -= std::min(left, buffer.size());
        }
        return size;
    }

    SocketStream stream_;
    Tally& tally_;
};

std::string to_lines(const std::vector<std::string>& commands) {
    std::string lines;
    for (const std::string& command : commands) {
        lines += command + '\n';
    }
    return lines;
}

asio::awaitable<void> print_all(Stream& stream, std::string server, std::FILE* output) {
    std::array<char, std::size_t{16} << 10U> piece;
    for (;;) {
        const auto [error, size] = co_await stream.read_some(asio::buffer(piece));
        if (error == asio::error::eof) {
            co_return;
        }
        if (error) {
            throw boost::system::system_error(error, "receive from " + server);
        }
        write_output(output, {piece.data(), size});
    }
}

asio::awaitable<void> send_lines(Stream& stream, std::string lines, std::string server,
                                 asio::steady_timer::duration timeout) {
    const error_code error = co_await within(timeout, write_all(stream, asio::buffer(lines)));
    if (error) {
        throw boost::system::system_error(error, "send to " + server);
    }
}

}  // namespace

asio::awaitable<void> send_commands(HostPort server, std::vector<std::string> commands,
                                    std::FILE* output, asio::steady_timer::duration timeout) {
    Tally tally;
    CountingStream stream(co_await connect(server, timeout), tally);
    Conversation conversation(stream, to_string(server), output, timeout);
    co_await conversation.send_text(to_lines(commands));
    tally.require_success();
}

asio::awaitable<void> send_input(HostPort server, int input, std::FILE* output,
                                 asio::steady_timer::duration timeout) {
    Tally tally;
    CountingStream stream(co_await connect(server, timeout), tally);
    Conversation conversation(stream, to_string(server), output, timeout);
    co_await conversation.send_input(input);
    tally.require_success();
}

asio::awaitable<void> listen(HostPort server, std::vector<std::string> commands, std::FILE* output,
                             asio::steady_timer::duration timeout) {
    Tally tally;
    CountingStream stream(co_await connect(server, timeout), tally);
    TaskGroup halves(stream.get_executor());
    halves.spawn(print_all(stream, to_string(server), output));
    halves.spawn(send_lines(stream, to_lines(commands), to_string(server), timeout));
    co_await halves.join();
    tally.require_success();
}

}  // namespace cookbook::command_server
