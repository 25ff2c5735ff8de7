// What becomes of a response's body on its way to the caller.
#pragma once

#include <cstdint>

#include "message/response.hpp"

namespace cookbook::http_client {

/// Gives the body to the caller's sink, or keeps it in the response; at most `max_body` bytes. That
/// of a redirect that is followed is passed over.
class Delivery final : public BodySink {
public:
    struct Limits {
        std::uint64_t max_body;
        bool follow_redirects;
    };

    /// All must outlive the delivery; `sink` may be null.
    Delivery(Response& response, BodySink* sink, Limits limits);

    void begin(const Response& head) override;
    /// Throws system_error(Error::body_too_large).
    asio::awaitable<bool> write(std::string_view data) override;

    /// Whether the response is a redirect that is followed: known from its head on.
    [[nodiscard]] bool is_passed_over() const noexcept { return is_passed_over_; }

private:
    Response& response_;
    BodySink* sink_;
    Limits limits_;
    std::uint64_t size_ = 0;
    bool is_passed_over_ = false;
};

}  // namespace cookbook::http_client
