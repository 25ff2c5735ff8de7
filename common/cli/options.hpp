// Options that recipes have in common. Each keeps its value in the variable that it is given, which
// must outlive the command and holds the default.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <concepts>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"
#include "common/net/tcp.hpp"

namespace cookbook {

/// --host and --port.
void add_address(CLI::App& command, HostPort& address);

/// --max-connections, --idle and --drain.
void add_limits(CLI::App& command, Limits& limits);

/// --drain alone.
void add_drain(CLI::App& command, asio::steady_timer::duration& drain_timeout);

/// An option in seconds: `min` or more; a fraction is allowed.
CLI::Option* add_seconds(CLI::App& command, const std::string& name,
                         asio::steady_timer::duration& value, const std::string& description,
                         double min = 0.001);

/// An option that is a number or a size: 1 or more.
template <std::unsigned_integral Count>
CLI::Option* add_count(CLI::App& command, const std::string& name, Count& value,
                       const std::string& description) {
    return command.add_option(name, value, description)
        ->check(CLI::Range(1, std::numeric_limits<int>::max()).description(""))
        ->capture_default_str();
}

/// What an option whose text becomes JSON is checked with: a JSON text has no other characters.
CLI::Validator is_utf8_text();

/// The words that an option accepts, and what each means.
template <typename Value>
using Choices = std::vector<std::pair<std::string, Value>>;

/// An option that is one of a few words. Anything else is refused, a number too.
template <typename Value>
CLI::Option* add_choice(CLI::App& command, const std::string& name, Value& value,
                        const Choices<Value>& choices, const std::string& description) {
    std::vector<std::string> words;
    std::string chosen;
    for (const auto& [word, meaning] : choices) {
        words.push_back(word);
        chosen = meaning == value ? word : chosen;
    }
    const auto choose = [&value, choices](const std::string& given) {
        value =
            std::ranges::find(choices, given, [](const auto& one) { return one.first; })->second;
    };
    return command.add_option_function<std::string>(name, choose, description)
        ->check(CLI::IsMember(words).description(""))
        ->type_name(CLI::detail::join(words, "|"))
        ->default_str(chosen);
}

}  // namespace cookbook
