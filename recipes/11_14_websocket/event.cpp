#include "event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "11_04_cidr_addresses/cpython/repr.hpp"
#include "common/async/asio.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::websocket {
namespace {

namespace json = boost::json;

std::string quoted(std::string_view text) {
    return json::serialize(json::string_view(text.data(), text.size()));
}

/// Elements of a JSON array.
template <typename ToJson>
std::string joined(std::span<const std::string_view> elements, ToJson to_json) {
    std::string text;
    for (const std::string_view element : elements) {
        text.append(text.empty() ? "" : ",").append(to_json(element));
    }
    return text;
}

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xc0U) != 0x80;
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

/// The character that a sequence of UTF-8 stands for (RFC 3629, 3).
char32_t decode(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence.front());
    char32_t character = sequence.size() == 1 ? first : first & (0x7fU >> sequence.size());
    for (const char byte : sequence.substr(1)) {
        character = character << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
    }
    return character;
}

bool consists_of_printable(std::string_view text) {
    while (!text.empty()) {
        const Utf8Sequence sequence = utf8_sequence(text);
        if (!sequence.is_character ||
            !cidr_addresses::is_printable(decode(text.substr(0, sequence.size)))) {
            return false;
        }
        text.remove_prefix(sequence.size);
    }
    return true;
}

}  // namespace

bool is_name(std::string_view text) {
    constexpr std::size_t max_characters = 32;
    return !text.empty() && count_characters(text) <= max_characters && text.front() != ' ' &&
           text.back() != ' ' && consists_of_printable(text);
}

std::string visible(std::string_view text) {
    constexpr char32_t joiner = 0x200d;  // of emoji that are put together
    std::string result;
    while (!text.empty()) {
        const std::string_view sequence = text.substr(0, utf8_sequence(text).size);
        const char32_t character = decode(sequence);
        result +=
            cidr_addresses::is_printable(character) || character == joiner ? sequence : "\ufffd";
        text.remove_prefix(sequence.size());
    }
    return result;
}

std::optional<std::string> parse_say(std::string_view message) {
    constexpr std::size_t max_characters = 4000;
    error_code malformed;
    const json::value value = json::parse({message.data(), message.size()}, malformed);
    const json::object* object = malformed ? nullptr : value.if_object();
    const json::value* say = object && object->size() == 1 ? object->if_contains("say") : nullptr;
    const json::string* text = say ? say->if_string() : nullptr;
    if (!text || text->empty() || count_characters({text->data(), text->size()}) > max_characters) {
        return {};
    }
    return std::string(text->data(), text->size());
}

std::string say_message(std::string_view text) {
    return fmt::format(R"({{"say":{}}})", quoted(text));
}

std::string said_event(std::uint64_t id, std::string_view name, std::string_view text) {
    return fmt::format(R"({{"event":"said","id":{},"name":{},"text":{}}})", id, quoted(name),
                       quoted(text));
}

std::string joined_event(std::string_view name) {
    return fmt::format(R"({{"event":"joined","name":{}}})", quoted(name));
}

std::string left_event(std::string_view name) {
    return fmt::format(R"({{"event":"left","name":{}}})", quoted(name));
}

std::string error_event(std::string_view detail) {
    return fmt::format(R"({{"event":"error","detail":{}}})", quoted(detail));
}

std::string welcome_event(std::string_view room, std::string_view name,
                          std::span<const std::string_view> people,
                          std::span<const std::string_view> history, bool missed) {
    const auto as_it_is = [](std::string_view event) { return event; };
    return fmt::format(
        R"({{"event":"welcome","room":{},"name":{},"people":[{}],"history":[{}],"missed":{}}})",
        quoted(room), quoted(name), joined(people, quoted), joined(history, as_it_is), missed);
}

}  // namespace cookbook::websocket
