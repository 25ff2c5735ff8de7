// Options whose texts are parsed one by one.
#pragma once

#include <CLI/CLI.hpp>
#include <exception>
#include <string>
#include <vector>

namespace cookbook::http_client {

using Texts = std::vector<std::string>;

/// Calls `use` with each text. What it throws is a usage error, whose message must not repeat the
/// text: it may be a password.
template <typename Use>
void parse_each(const Texts& texts, const std::string& name, Use use) {
    for (const std::string& text : texts) {
        try {
            use(text);
        } catch (const std::exception& error) {
            throw CLI::ValidationError(name, error.what());
        }
    }
}

/// An option that may be given several times, each with one text for `use`.
template <typename Use>
CLI::Option* add_each(CLI::App& command, const std::string& name, const std::string& type,
                      const std::string& description, Use use) {
    return command
        .add_option_function<Texts>(
            name, [name, use](const Texts& texts) { parse_each(texts, name, use); }, description)
        ->type_name(type)
        ->allow_extra_args(false);  // or it would take METHOD, too
}

/// An option with one text for `use`; given several times, the last one holds.
template <typename Use>
CLI::Option* add_one(CLI::App& command, const std::string& name, const std::string& type,
                     const std::string& description, Use use) {
    return command
        .add_option_function<std::string>(
            name, [name, use](const std::string& text) { parse_each({text}, name, use); },
            description)
        ->type_name(type)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

}  // namespace cookbook::http_client
