#include "cookie_date.hpp"

#include <algorithm>
#include <array>
#include <boost/url/grammar/alnum_chars.hpp>
#include <cstddef>

#include "common/http/grammar.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;
using TimeOfDay = std::array<unsigned, 3>;

/// What separates the tokens of a date: ASCII but letters, digits, colons and controls; a tab, too.
bool is_delimiter(char c) {
    const bool is_printable = c >= ' ' && c <= '~';
    return c == '\t' || (is_printable && c != ':' && !boost::urls::grammar::alnum_chars(c));
}

std::string_view take_token(std::string_view& text) {
    const auto begin = std::ranges::find_if_not(text, is_delimiter);
    const auto end = std::find_if(begin, text.end(), is_delimiter);
    text = {end, text.end()};
    return {begin, end};
}

/// Takes from the start of a token a number of at least `min` digits and at most `max`, behind
/// which no digit follows.
std::optional<unsigned> take_number(std::string_view& token, std::size_t min, std::size_t max) {
    const std::size_t digits = std::min(token.find_first_not_of("0123456789"), token.size());
    if (digits < min || digits > max) {
        return std::nullopt;
    }
    unsigned number = 0;
    for (const char digit : token.substr(0, digits)) {
        number = number * 10 + static_cast<unsigned>(digit - '0');
    }
    token.remove_prefix(digits);
    return number;
}

/// "12:34:56", with whatever behind it.
std::optional<TimeOfDay> time_in(std::string_view token) {
    TimeOfDay time{};
    for (std::size_t i = 0; i < time.size(); ++i) {
        if (i > 0) {
            if (!token.starts_with(':')) {
                return std::nullopt;
            }
            token.remove_prefix(1);
        }
        const auto number = take_number(token, 1, 2);
        if (!number) {
            return std::nullopt;
        }
        time[i] = *number;
    }
    return time;
}

std::optional<unsigned> day_in(std::string_view token) {
    return take_number(token, 1, 2);
}

std::optional<unsigned> month_in(std::string_view token) {
    constexpr std::string_view names = "janfebmaraprmayjunjulaugsepoctnovdec";
    constexpr std::size_t size = 3;
    for (std::size_t i = 0; i < names.size(); i += size) {
        if (same_name(token.substr(0, size), names.substr(i, size))) {
            return static_cast<unsigned>(i / size) + 1;
        }
    }
    return std::nullopt;
}

std::optional<unsigned> year_in(std::string_view token) {
    const auto year = take_number(token, 2, 4);
    if (!year || *year > 99) {
        return year;
    }
    return *year + (*year < 70 ? 2000 : 1900);
}

/// Whether a token is a part that was still missing.
template <typename Part>
bool found(std::optional<Part>& part, const std::optional<Part>& in_token) {
    if (part || !in_token) {
        return false;
    }
    part = in_token;
    return true;
}

}  // namespace

std::optional<CookieTime> parse_cookie_date(std::string_view text) {
    std::optional<TimeOfDay> time;
    std::optional<unsigned> day;
    std::optional<unsigned> month;
    std::optional<unsigned> year;
    while (!text.empty()) {
        const std::string_view token = take_token(text);
        // One token is one part at most: the first that is missing and has such a form.
        [[maybe_unused]] const bool used =
            found(time, time_in(token)) || found(day, day_in(token)) ||
            found(month, month_in(token)) || found(year, year_in(token));
    }
    if (!time || !day || !month || !year || *year < 1601) {
        return std::nullopt;
    }
    const auto [hour, minute, second] = *time;
    using namespace std::chrono;
    const year_month_day date(std::chrono::year(static_cast<int>(*year)),
                              std::chrono::month(*month), std::chrono::day(*day));
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace cookbook::http_client
