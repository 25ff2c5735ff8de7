#include "deflate.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <utility>

#include "common/async/asio.hpp"

namespace cookbook::websocket {
namespace {

namespace zlib = boost::beast::zlib;

/// What a flush ends with, and every message would (RFC 7692, 7.2.1): it is left out on the wire.
constexpr std::string_view tail("\0\0\xff\xff", 4);

}  // namespace

std::string_view deflate(std::string_view message, int window_bits) {
    constexpr int level = 6;
    constexpr int memory_level = 8;
    static thread_local zlib::deflate_stream stream;
    static thread_local std::string compressed;
    stream.reset(level, window_bits, memory_level, zlib::Strategy::normal);
    compressed.resize(stream.upper_bound(message.size()) + 2 * tail.size());
    zlib::z_params state;
    state.next_in = message.data();
    state.avail_in = message.size();
    state.next_out = compressed.data();
    state.avail_out = compressed.size();
    error_code error;
    stream.write(state, zlib::Flush::sync, error);
    const std::size_t size = compressed.size() - state.avail_out - tail.size();
    return std::string_view(compressed).substr(0, size);
}

struct Inflater::State {
    zlib::inflate_stream stream;
};

namespace {

/// A state takes 40 KiB: one that is no longer in use is kept for the thread's next message.
template <typename State>
std::unique_ptr<State>& spare_state() {
    static thread_local std::unique_ptr<State> spare;
    return spare;
}

}  // namespace

Inflater::Inflater() : state_(std::exchange(spare_state<State>(), nullptr)) {
    if (!state_) {
        state_ = std::make_unique<State>();
    }
    state_->stream.reset(max_window_bits);
}

Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Inflater::~Inflater() {
    if (state_) {
        spare_state<State>() = std::move(state_);
    }
}

Inflater::Outcome Inflater::take(std::string_view piece, std::string& message,
                                 std::size_t max_size) {
    std::array<char, 4096> inflated;
    zlib::z_params params;
    params.next_in = piece.data();
    params.avail_in = piece.size();
    do {
        params.next_out = inflated.data();
        params.avail_out = inflated.size();
        error_code error;
        state_->stream.write(params, zlib::Flush::sync, error);
        const std::size_t size = inflated.size() - params.avail_out;
        if (size > max_size - message.size()) {
            return Outcome::too_large;
        }
        message.append(inflated.data(), size);
        if (error == zlib::error::need_buffers) {
            break;
        }
        if (error == zlib::error::end_of_stream) {  // a final block, after which others may come
            const auto held = static_cast<std::size_t>(params.data_type & 63) / 8;  // read too many
            params.next_in = static_cast<const char*>(params.next_in) - held;
            params.avail_in += held;
            state_->stream.reset(max_window_bits);
        } else if (error) {
            return Outcome::malformed;
        }
    } while (params.avail_in > 0 || params.avail_out == 0);
    return Outcome::inflated;
}

Inflater::Outcome Inflater::finish(std::string& message, std::size_t max_size) {
    return take(tail, message, max_size);
}

}  // namespace cookbook::websocket
