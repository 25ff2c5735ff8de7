// The sending half of an exchange.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "11_01_http_client/message/body.hpp"
#include "11_01_http_client/wire/response_parser.hpp"
#include "connection.hpp"
#include "silence_limit.hpp"

namespace cookbook::http_client {

/// A request as it goes out.
struct OutgoingRequest {
    std::string head;  // whole, with the empty line at its end
    Body body = {};    // in chunks if its size is not known: the head says so, too
    InResponseTo kind = InResponseTo::any;
};

/// Sends one request. An error of the connection ends it and is none of its own: the server may
/// have responded before, and what it has said is still to be read.
class RequestWriter {
public:
    /// All must outlive the writer.
    RequestWriter(Connection& connection, const OutgoingRequest& request, SilenceLimit& limit);

    /// Sends what the network takes at once. False if something is left for send_rest().
    bool send_now();
    /// Sends the rest, and may be cancelled at any wait. Throws what the body's source throws, and
    /// std::runtime_error if that has less than it said.
    asio::awaitable<void> send_rest();

    /// Whether the server has been sent the whole request.
    [[nodiscard]] bool all_sent() const noexcept { return all_sent_; }

private:
    asio::awaitable<bool> send(std::string_view bytes);
    asio::awaitable<bool> send_body();
    asio::awaitable<bool> send_sized(BodySource& source, std::uint64_t size);
    asio::awaitable<bool> send_chunked(BodySource& source);
    asio::awaitable<bool> write(Stream::Buffers buffers);
    asio::awaitable<std::string_view> read(BodySource& source);

    Connection& connection_;
    const OutgoingRequest& request_;
    SilenceLimit& limit_;
    std::string_view head_;  // what is not sent yet of the head …
    std::string_view data_;  // … and of a body that is in memory
    bool all_sent_ = false;
};

}  // namespace cookbook::http_client
