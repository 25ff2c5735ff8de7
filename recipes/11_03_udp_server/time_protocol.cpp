#include "time_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cookbook::udp_server {
namespace {

constexpr std::array<std::string_view, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool is_one_of(std::string_view name, const auto& names) {
    return std::ranges::find(names, name) != names.end();
}

/// Whether `digits`, and nothing else, are a number from `min` to `max`.
bool is_number(std::string_view digits, unsigned min, unsigned max) {
    unsigned number = 0;
    for (const char digit : digits) {
        if (digit < '0' || '9' < digit) {
            return false;
        }
        number = 10 * number + static_cast<unsigned>(digit - '0');
    }
    return min <= number && number <= max;
}

bool is_day_of_month(std::string_view two) {
    return two[0] == ' ' ? is_number(two.substr(1), 1, 9) : is_number(two, 10, 31);
}

bool is_hexadecimal_digit(char c) {
    return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f');
}

bool is_id(std::string_view text) {
    return text.size() == id_size && text.starts_with("id=") &&
           std::ranges::all_of(text.substr(3), is_hexadecimal_digit);
}

/// Whether it is what reply_to() makes, of whatever request.
bool is_reply(std::string_view data) {
    return time_in(data, data.substr(0, id_size)).has_value();
}

}  // namespace

std::string to_text(std::time_t time) {
    std::tm local{};
    ::localtime_r(&time, &local);
    // Not strftime(): its names depend on the locale.
    return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}",
                       days.at(static_cast<std::size_t>(local.tm_wday)),
                       months.at(static_cast<std::size_t>(local.tm_mon)), local.tm_mday,
                       local.tm_hour, local.tm_min, local.tm_sec, 1900 + local.tm_year);
}

bool is_time(std::string_view text) {
    constexpr std::string_view form = "Ddd Mmm dd hh:mm:ss yyyy";
    if (text.size() != form.size()) {
        return false;
    }
    const auto is_separator = [&](std::size_t at) { return text[at] == form[at]; };
    return std::ranges::all_of(std::array{3U, 7U, 10U, 13U, 16U, 19U}, is_separator) &&
           is_one_of(text.substr(0, 3), days) && is_one_of(text.substr(4, 3), months) &&
           is_day_of_month(text.substr(8, 2)) && is_number(text.substr(11, 2), 0, 23) &&
           is_number(text.substr(14, 2), 0, 59) && is_number(text.substr(17, 2), 0, 60) &&
           is_number(text.substr(20), 1000, 9999);
}

Id id_in(std::string_view request) {
    return is_id(request) ? Id(request) : Id();
}

Reply reply_to(std::string_view request, std::string_view time) {
    Reply reply;
    if (is_id(request)) {
        reply.append(request);
        reply.append(" ");
    }
    reply.append(time);
    return reply;
}

std::optional<std::string_view> time_in(std::string_view reply, std::string_view request) {
    // [step 4] Take nothing but the request's id, a space and a time. (stub: return {};)
    const std::string_view time = reply.substr(reply.size() - std::min(reply.size(), time_size));
    const bool is_ours = is_time(time) && reply == std::string_view(reply_to(request, time));
    return is_ours ? std::optional(time) : std::nullopt;
    // [end]
}

bool may_be_service(std::uint16_t port, std::span<const std::uint16_t> own_ports) {
    return port < 1024 || std::ranges::find(own_ports, port) != own_ports.end();
}

bool may_answer(std::string_view data, bool cut, std::uint16_t source_port,
                std::uint16_t own_port) {
    if (may_be_service(source_port, {&own_port, 1})) {
        return false;
    }
    // [step 2] What was cut is longer than any reply. (stub: return !cut;)
    return cut || !is_reply(data);
    // [end]
}

}  // namespace cookbook::udp_server
