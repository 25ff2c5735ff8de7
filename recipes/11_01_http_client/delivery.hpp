// What becomes of a response's body on its way to the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "message/response.hpp"
#include "wire/content_coding.hpp"

namespace cookbook::http_client {

/// Undoes the content codings of a body, and gives it to the caller's sink, or keeps it in the
/// response. That of a redirect that is followed is passed over.
class Delivery final : public BodySink {
public:
    struct Rules {
        bool decode;
        std::uint64_t max_body;  // decoded
        bool follow_redirects;
    };

    /// All must outlive the delivery; `sink` may be null.
    Delivery(Response& response, BodySink* sink, Rules rules);

    void begin(const Response& head) override;
    /// Throws system_error: Error::body_too_large, or what a ContentDecoder reports.
    asio::awaitable<bool> write(std::string_view data) override;
    /// The whole body has come. Throws system_error if its coding is not at its end.
    void finish() const;

    /// Whether the response is a redirect that is followed: known from its head on.
    [[nodiscard]] bool is_passed_over() const noexcept { return is_passed_over_; }

private:
    [[nodiscard]] ContentDecoder make_decoder() const;

    Response& response_;
    BodySink* sink_;
    Rules rules_;
    std::optional<ContentDecoder> decoder_;  // once there is a body
    std::uint64_t passed_over_ = 0;
    bool is_passed_over_ = false;
    bool has_enough_ = false;
};

}  // namespace cookbook::http_client
