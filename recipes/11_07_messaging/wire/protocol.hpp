// The framing of Python's multiprocessing.connection: each message after its length.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook::messaging {

/// What a peer can do wrong, in framing and in the handshake.
enum class Error {
    negative_length = 1,
    too_long,
    cut_short,
    no_challenge,
    unknown_digest,
    md5_only,
    wrong_answer,
    rejected,
    unread_data
};
const boost::system::error_category& error_category();
boost::system::error_code make_error_code(Error error);

/// What precedes a message (Lib/multiprocessing/connection.py, Connection._send_bytes): its length
/// as a signed 32-bit number in network byte order; or, if that is above 2³¹ - 1, the number -1 and
/// the length as an unsigned 64-bit number.
struct Header {
    std::size_t size = 0;       // of the header itself: 4 or 12
    std::uint64_t message = 0;  // bytes that follow it

    bool operator==(const Header&) const = default;
};

std::string encode_header(std::uint64_t message_size);

/// Reads the header at the start of `received`; nullopt while some of it is missing. Accepts the
/// long form for any length, as CPython does. Errors: too_long if the message has more than
/// `max_size` bytes; negative_length, which CPython takes for an empty message.
boost::system::result<std::optional<Header>> decode_header(std::string_view received,
                                                           std::uint64_t max_size);

}  // namespace cookbook::messaging

template <>
struct boost::system::is_error_code_enum<cookbook::messaging::Error> : std::true_type {};
