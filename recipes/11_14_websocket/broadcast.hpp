// A message to many: encoded and compressed once for all of them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "extension.hpp"
#include "queue.hpp"

namespace cookbook::websocket {

/// Messages of fewer bytes are not worth compressing.
inline constexpr std::size_t worth_compressing = 64;

/// A text, and the frames of those who get it: made when the first one needs them.
class Broadcast {
public:
    explicit Broadcast(std::string text) : text_(std::move(text)) {}

    /// As a server sends it to a peer that has agreed upon this.
    [[nodiscard]] const Bytes& frames(const std::optional<Compression>& agreed);

private:
    std::string text_;
    Bytes plain_;
    Bytes compressed_;
};

}  // namespace cookbook::websocket
