#include "handler.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <span>

#include "common/net/utf8.hpp"
#include "exposition.hpp"

namespace cookbook::command_server {
namespace {

namespace json = boost::json;

constexpr std::string_view blanks = " \t";

std::string_view trim(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Takes the first word off a text that begins with one, and the blanks that follow it.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text = trim(text.substr(word.size()));
    return word;
}

/// Not std::toupper(): it obeys the locale, and its argument may not be negative.
std::string to_upper(std::string_view word) {
    std::string upper(word);
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return upper;
}

/// Command::other if it is none.
Command command_of(std::string_view upper) {
    const auto commands = std::span(command_words).first(index_of(Command::other));
    return Command(std::ranges::find(commands, upper, &CommandWord::name) - commands.begin());
}

std::string join_words(std::string_view text) {
    std::string joined;
    while (!text.empty()) {
        joined.append(joined.empty() ? "" : " ").append(take_word(text));
    }
    return joined;
}

/// As datetime.isoformat() writes a time in UTC; fromisoformat() reads "Z" only since CPython 3.11.
std::string to_iso_utc(std::chrono::system_clock::time_point time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    const auto fraction = std::chrono::floor<std::chrono::microseconds>(time - second);
    const std::time_t seconds = std::chrono::system_clock::to_time_t(second);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}+00:00", utc, fraction.count());
}

json::object summaries() {
    json::object result;
    for (const CommandWord& command : std::span(command_words).first(index_of(Command::other))) {
        result[command.name] = command.summary;
    }
    return result;
}

json::object to_object(const Request& request, const View& view) {
    if (!request.error.empty()) {
        return {{"error", request.error}};
    }
    const std::string_view name = command_words.at(index_of(request.command)).name;
    switch (request.command) {
        case Command::echo:
            return {{"command", name}, {"result", join_words(request.arguments)}};
        case Command::time:
            return {{"command", name}, {"result", to_iso_utc(view.time)}};
        case Command::help:
            return {{"command", name}, {"result", summaries()}};
        case Command::say:
            return {{"command", name},
                    {"seq", view.published.seq},
                    {"recipients", view.published.recipients}};
        default:
            return {{"command", name}, {"result", "bye"}};
    }
}

std::string to_line(const json::object& object) {
    return json::serialize(object) + '\n';
}

}  // namespace

Request parse(std::string_view line) {
    // [step 1] What the line asks for, or why not. (stub: return {.error = std::string(line)};)
    line = line.substr(0, line.find_last_not_of('\r') + 1);
    if (!is_utf8(line)) {
        return {.error = "not UTF-8"};
    }
    std::string_view rest = trim(line);
    if (rest.empty()) {
        return {.error = "empty message"};
    }
    const std::string word = to_upper(take_word(rest));
    const Command command = command_of(word);
    if (command == Command::other) {
        return {.error = "unknown command: " + word};
    }
    if (command == Command::say && rest.empty()) {
        return {.command = command, .error = "SAY needs a text"};
    }
    return {.command = command, .arguments = rest};
    // [end]
}

std::string respond(const Request& request, const View& view) {
    const bool is_stats = request.command == Command::stats && request.error.empty();
    return is_stats ? to_json(view.metrics, view.now) + '\n' : to_line(to_object(request, view));
}

std::string say_event(std::uint64_t seq, std::string_view from, std::string_view text) {
    return to_line({{"event", "say"}, {"seq", seq}, {"from", from}, {"text", text}});
}

std::string dropped_event(Reason reason) {
    return to_line({{"event", "dropped"}, {"reason", reason_words.at(index_of(reason))}});
}

}  // namespace cookbook::command_server
