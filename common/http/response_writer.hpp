// How the server sends responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/async/deadline.hpp"
#include "common/http/limits.hpp"
#include "common/http/message.hpp"

namespace cookbook::http {

/// The sending half of a connection. Responses to requests that came together leave together: each
/// is appended to those unsent, and flush() sends them all.
class ResponseWriter final : public BodySink {
public:
    /// All must outlive the writer; `deadline` is the stream's, and set while a send waits.
    ResponseWriter(Stream& stream, Deadline& deadline, const Limits& limits);

    /// Appends a response whose body is whole and small, to be sent by a later flush(). False if it
    /// must be sent by send() instead.
    bool append(const Request& request, const Response& response, bool keep_alive);

    /// Sends what is unsent and a response of any kind but Upgrade. Throws system_error if the peer
    /// is gone or takes nothing for too long, std::logic_error if a streamed body does not keep its
    /// length; the connection is of no use then.
    asio::awaitable<void> send(const Request& request, const Response& response, bool keep_alive);

    /// Whether the client can find the end of this body without the end of the connection.
    [[nodiscard]] static bool has_end(const StreamedBody& body, const Request& request) noexcept;

    /// Asks for the body of a request that waits for it (RFC 9110, 10.1.1).
    void append_continue() { unsent_ += "HTTP/1.1 100 Continue\r\n\r\n"; }

    /// Sends what is unsent, if the network takes it at once; false if something is left.
    bool flush_now();
    /// Sends what is unsent, then `data` and `tail`; all by one call if the network takes it.
    asio::awaitable<void> flush(std::string_view data = {}, std::string_view tail = {});

    asio::awaitable<void> write(std::string_view data) override;

private:
    void append_head(const Request& request, const Response& response,
                     std::optional<std::uint64_t> length, bool keep_alive);
    asio::awaitable<void> send_streamed(const StreamedBody& body);

    Stream& stream_;
    Deadline& deadline_;
    const Limits& limits_;
    std::string unsent_;
    bool chunked_ = false;                    // the streamed body that is being written
    std::optional<std::uint64_t> still_due_;  // of one whose length is known
};

}  // namespace cookbook::http
