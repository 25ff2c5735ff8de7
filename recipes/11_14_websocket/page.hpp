// A page of one file, with a policy that lets its own script and style run and nothing else.
#pragma once

#include <string>
#include <string_view>

#include "common/http/message.hpp"

namespace cookbook::websocket {

/// HTML that has one <script> and one <style>, both without attributes, and connects to its own
/// server only.
class Page {
public:
    /// `html` must outlive it. Throws std::runtime_error if OpenSSL has no SHA-256.
    explicit Page(std::string_view html);

    /// The page, and the fields of its response: what its script may do.
    [[nodiscard]] http::Response response() const;

private:
    std::string_view html_;
    std::string policy_;  // Content-Security-Policy
};

/// The page of the chat.
[[nodiscard]] http::Response page_response();

}  // namespace cookbook::websocket
