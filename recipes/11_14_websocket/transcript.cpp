#include "transcript.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "common/async/asio.hpp"
#include "event.hpp"

namespace cookbook::websocket {
namespace {

using boost::json::object;
using boost::json::value;

std::string_view text_in(const object& event, std::string_view name) {
    const value* found = event.if_contains({name.data(), name.size()});
    const auto* text = found ? found->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

std::string said_line(const object& event) {
    return fmt::format("{}: {}\n", visible(text_in(event, "name")),
                       visible(text_in(event, "text")));
}

std::string welcome_lines(const object& event) {
    std::string people;
    const value* names = event.if_contains("people");
    for (const value& name :
         names && names->is_array() ? names->get_array() : boost::json::array()) {
        const auto* text = name.if_string();
        people.append(people.empty() ? "" : ", ");
        people.append(text ? visible({text->data(), text->size()}) : "");
    }
    std::string lines = fmt::format("* in {}: {}\n", visible(text_in(event, "room")), people);
    if (const value* missed = event.if_contains("missed"); missed && *missed == value(true)) {
        lines += "* some of what was said is no longer kept\n";
    }
    if (const value* history = event.if_contains("history"); history && history->is_array()) {
        for (const value& said : history->get_array()) {
            lines += said.is_object() ? said_line(said.get_object()) : "";
        }
    }
    return lines;
}

}  // namespace

Shown show_event(std::string_view event, std::string_view own_name) {
    error_code malformed;
    const value parsed = boost::json::parse({event.data(), event.size()}, malformed);
    const object* const members = malformed ? nullptr : parsed.if_object();
    if (!members) {
        return {};
    }
    const std::string_view kind = text_in(*members, "event");
    const std::string_view name = text_in(*members, "name");
    if (kind == "said") {
        return {said_line(*members), name == own_name};
    }
    if (kind == "welcome") {
        return {welcome_lines(*members), true};
    }
    if (kind == "error") {
        return {fmt::format("* not sent: {}\n", visible(text_in(*members, "detail"))), true};
    }
    if (kind == "joined" || kind == "left") {
        return {fmt::format("* {} has {}\n", visible(name), kind)};
    }
    return {};
}

}  // namespace cookbook::websocket
