#include "broadcast.hpp"

#include <memory>
#include <string_view>
#include <utility>

#include "deflate.hpp"
#include "frame.hpp"

namespace cookbook::websocket {

const Bytes& Broadcast::frames(const std::optional<Compression>& agreed) {
    // A peer with a smaller window gets it plain, which is always right (RFC 7692, 6).
    const bool compress =
        agreed && agreed->window_bits == max_window_bits && text_.size() >= worth_compressing;
    Bytes& frames = compress ? compressed_ : plain_;
    if (!frames) {
        std::string made;
        append_frame(made, FrameHeader{.is_compressed = compress, .opcode = Opcode::text},
                     compress ? deflate(text_) : std::string_view(text_));
        frames = std::make_shared<const std::string>(std::move(made));
    }
    return frames;
}

}  // namespace cookbook::websocket
