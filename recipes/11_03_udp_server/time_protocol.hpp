// What travels, without sockets: a request is any datagram, a reply is the time of day as text, as
// in RFC 867 and in the form of Python's time.ctime().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cookbook::udp_server {

constexpr std::size_t time_size = 24;
constexpr std::size_t id_size = 19;  // "id=" and 16 digits
constexpr std::size_t max_reply = id_size + 1 + time_size;

/// Text without memory from the heap: one for each datagram would cost more than the rest of it.
template <std::size_t max_size>
class ShortText {
public:
    ShortText() = default;
    explicit ShortText(std::string_view text) { append(text); }

    /// Appends as much as there is room for.
    void append(std::string_view text) { size_ += text.copy(&bytes_[size_], max_size - size_); }

    operator std::string_view() const {  // NOLINT(google-explicit-constructor): it is that text
        return {bytes_.data(), size_};
    }

private:
    std::array<char, max_size + 1> bytes_;  // uninitialised beyond size_
    std::size_t size_ = 0;
};

using Id = ShortText<id_size>;
using Reply = ShortText<max_reply>;

/// Local time, "Sat Aug  4 20:35:08 2012". The year has four digits.
std::string to_text(std::time_t time);

/// Whether `text` has just that form.
bool is_time(std::string_view text);

/// The request itself if it is exactly "id=" and 16 lower-case hexadecimal digits, otherwise "".
Id id_in(std::string_view request);

/// The reply to a request: its id and a space, if it has one; then the time.
Reply reply_to(std::string_view request, std::string_view time);

/// The time in a reply to `request`, a request with an id or the empty one. Nothing if the datagram
/// is no such reply: what comes to a client's port may be anybody's.
std::optional<std::string_view> time_in(std::string_view reply, std::string_view request);

/// Whether a service that answers everything may listen on the port: one of the old ones, below
/// 1024, or one such as ours, on one of `own_ports`. One datagram with a forged source sets two of
/// these on each other, for ever (CERT CA-1996-01).
bool may_be_service(std::uint16_t port, std::span<const std::uint16_t> own_ports);

/// Whether a server may answer a datagram: not if its source may be a service, nor if it is itself
/// a reply. `data` may be the beginning of a datagram that was `cut`.
bool may_answer(std::string_view data, bool cut, std::uint16_t source_port, std::uint16_t own_port);

}  // namespace cookbook::udp_server
