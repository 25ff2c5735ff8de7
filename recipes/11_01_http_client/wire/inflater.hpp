// Data that zlib has deflated, made whole again a piece at a time.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "11_01_http_client/message/error.hpp"

namespace cookbook::http_client {

/// How deflated data are wrapped. `deflate` ought to be zlib's format (RFC 1950), but some servers
/// send the bare data (RFC 1951): the first two bytes tell. gzip (RFC 1952) may have several
/// members, which follow one another.
enum class Wrapping { gzip, deflate };

/// Inflates one body. Whatever it expands to, it holds one piece of it.
class Inflater {
public:
    static constexpr std::size_t max_piece = std::size_t{64} << 10U;

    /// `max_size`: of all pieces together. Throws std::bad_alloc.
    Inflater(Wrapping wrapping, std::uint64_t max_size);

    /// More of the deflated data, once take() has returned an empty piece. They must live until it
    /// does so again.
    void push(std::string_view bytes) noexcept { input_ = bytes; }

    /// The next piece; empty if it needs more data. Valid until the next call. Errors, after which
    /// it is of no more use: bad_coding for malformed data, a checksum or a length that is wrong,
    /// and data behind the end that are not a member; body_too_large.
    boost::system::result<std::string_view> take();

    /// Whether the data may end here: at an end of theirs, or before their first byte.
    [[nodiscard]] bool at_end() const noexcept {
        return state_ == State::empty || state_ == State::ended;
    }

private:
    enum class State { empty, first_byte, within, ended };
    struct Stream;  // zlib's
    struct End {
        void operator()(Stream* stream) const noexcept;
    };

    bool begin();
    void begin_deflate(unsigned char second);
    boost::system::result<std::string_view> inflate_piece();

    Wrapping wrapping_;
    std::uint64_t max_size_;
    std::uint64_t size_ = 0;
    State state_ = State::empty;
    std::string_view input_;
    unsigned char first_ = 0;  // byte of deflate, which waits for the second
    bool has_more_ = false;    // than the last piece had room for
    std::unique_ptr<Stream, End> stream_;
    std::unique_ptr<char[]> piece_;
};

}  // namespace cookbook::http_client
