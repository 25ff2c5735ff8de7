#include "protocol.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "common/net/utf8.hpp"

namespace cookbook::udp_telemetry {
namespace {

/// What str.isspace() holds for in Python, as UTF-8. No NUL is among them.
constexpr std::array<std::string_view, 29> white_space = {
    "\t",           "\n",           "\v",           "\f",           "\r",
    "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
    "\xc2\x85",      // U+0085, next line
    "\xc2\xa0",      // U+00A0, no-break space
    "\xe1\x9a\x80",  // U+1680, ogham space mark
    "\xe2\x80\x80", "\xe2\x80\x81", "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84",
    "\xe2\x80\x85", "\xe2\x80\x86", "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89",
    "\xe2\x80\x8a",                  // U+2000 to
    "\xe2\x80\xa8", "\xe2\x80\xa9",  // U+2028 and 2029, line and paragraph separator
    "\xe2\x80\xaf",                  // U+202F, narrow no-break space
    "\xe2\x81\x9f",                  // U+205F, medium mathematical space
    "\xe3\x80\x80",                  // U+3000, ideographic space
};

/// Whether it is neither white space nor a part of it. Spares most texts 29 comparisons.
bool is_graphic_ascii(char c) {
    return '!' <= c && c <= '~';
}

/// How many bytes of white space the text begins with: one character's, or 0.
std::size_t leading_space(std::string_view text) {
    if (text.empty() || is_graphic_ascii(text.front())) {
        return 0;
    }
    const auto matches = [&](std::string_view space) { return text.starts_with(space); };
    const auto* const found = std::ranges::find_if(white_space, matches);
    return found == white_space.end() ? 0 : found->size();
}

/// The same at its end.
std::size_t trailing_space(std::string_view text) {
    if (text.empty() || is_graphic_ascii(text.back())) {
        return 0;
    }
    const auto matches = [&](std::string_view space) { return text.ends_with(space); };
    const auto* const found = std::ranges::find_if(white_space, matches);
    return found == white_space.end() ? 0 : found->size();
}

char to_upper_ascii(char c) {
    return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_command(std::string_view text, std::string_view command) {
    return std::ranges::equal(text, command, {}, to_upper_ascii);
}

Request parse_text(std::string_view text) {
    using Kind = Request::Kind;
    if (is_command(text, "PING")) {
        return {Kind::ping};
    }
    if (is_command(text, "TIME")) {
        return {Kind::time};
    }
    if (is_command(text, "STATS")) {
        return {Kind::statistics};
    }
    return {echo_prefix.size() + text.size() <= max_payload ? Kind::echo : Kind::invalid, text};
}

}  // namespace

std::string_view strip(std::string_view text) {
    // [step 1] Take white space away at both ends. (stub: return text;)
    while (const std::size_t size = leading_space(text)) {
        text.remove_prefix(size);
    }
    while (const std::size_t size = trailing_space(text)) {
        text.remove_suffix(size);
    }
    return text;
    // [end]
}

Request parse_request(std::string_view datagram) {
    // [step 1] Tell text from binary. (stub: return parse_text(datagram);)
    if (is_utf8(datagram)) {
        return parse_text(strip(datagram));
    }
    if (datagram.size() < 4) {
        return {Request::Kind::invalid};
    }
    return {.kind = Request::Kind::increment, .number = to_number(datagram)};
    // [end]
}

std::string to_json(const Statistics& statistics) {
    return fmt::format(
        R"({{"total_packets": {}, "active_clients": {}, "invalid": {}, "truncated": {}, )"
        R"("ignored": {}, "limited": {}, "dropped": {}, "evicted": {}, "expired": {}, )"
        R"("uptime": {:.1f}}})",
        statistics.total_packets, statistics.active_clients, statistics.invalid,
        statistics.truncated, statistics.ignored, statistics.limited, statistics.dropped,
        statistics.evicted, statistics.expired, statistics.uptime.count());
}

std::string to_iso(std::chrono::system_clock::time_point time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const auto fraction = std::chrono::floor<std::chrono::microseconds>(time - second);
    const std::time_t seconds = std::chrono::system_clock::to_time_t(second);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}", local, fraction.count());
}

std::string to_bytes(std::uint32_t number) {
    return {static_cast<char>(number >> 24U), static_cast<char>(number >> 16U),
            static_cast<char>(number >> 8U), static_cast<char>(number)};
}

std::uint32_t to_number(std::string_view bytes) {
    std::uint32_t number = 0;
    for (const char byte : bytes.substr(0, sizeof number)) {
        number = number << 8U | static_cast<unsigned char>(byte);
    }
    return number;
}

std::string increment_request(std::uint32_t number) {
    return to_bytes(number) + '\xff';
}

std::optional<std::uint32_t> number_in(std::string_view reply) {
    return reply.size() == sizeof(std::uint32_t) ? std::optional(to_number(reply)) : std::nullopt;
}

}  // namespace cookbook::udp_telemetry
