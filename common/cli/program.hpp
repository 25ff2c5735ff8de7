// The command line that all recipes share.
#pragma once

#include <CLI/CLI.hpp>
#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/cli/run.hpp"

namespace cookbook {

/// An executable with a demo (no argument), a `server`, a `client` and perhaps other commands.
///
/// Every option can also come from `--config FILE` (TOML: a section per command, [server]) and
/// from the environment (--max-connections: LAB_MAX_CONNECTIONS). An empty value is bad usage but
/// for options of the type TEXT, and so is anything in FILE that is no option. Exit status: what
/// the command returns; 1 after an exception, reported in one line on stderr, "NAME: reason"; 2 for
/// bad usage, which a command may also find itself (it throws CLI::ParseError); 130 after an
/// interrupted command. SIGPIPE is ignored: a server outlives whoever reads its log.
class Program {
public:
    /// What a command does: a function that returns nothing, or the exit status, or a coroutine of
    /// type asio::awaitable<void>, which is run as run() does.
    class Body {
    public:
        template <typename Function>
            requires(std::invocable<const Function&> && !std::same_as<Function, Body>)
        Body(Function function)  // NOLINT(google-explicit-constructor): it stands for the function
            : run_([function = std::move(function)] { return call(function); }) {}

        /// Runs it to its end and returns the exit status.
        int operator()() const { return run_(); }

    private:
        template <typename Function>
        static int call(const Function& function) {
            using Result = std::invoke_result_t<const Function&>;
            if constexpr (std::is_same_v<Result, asio::awaitable<void>>) {
                cookbook::run(function());
            } else if constexpr (std::is_void_v<Result>) {
                function();
            } else {
                return function();
            }
            return 0;
        }

        std::function<int()> run_;
    };

    Program(std::string name, const std::string& description, Body demo);

    /// Adds a command. The reference stays valid as long as the program; add options to it.
    CLI::App& command(const std::string& name, const std::string& description, Body body);

    /// Adds a command that is only the first word of others: one of them must follow.
    CLI::App& group(const std::string& name, const std::string& description);
    /// Adds a command of which `group` is the first word; that may be a command itself.
    CLI::App& command(CLI::App& group, const std::string& name, const std::string& description,
                      Body body);

    /// Lets `command` take any number of arguments besides its options, each exactly as it is
    /// given, and keeps them in `texts`. After an argument "--" none is an option.
    void add_texts(CLI::App& command, std::vector<std::string>& texts, const std::string& type,
                   const std::string& description);

    /// Parses the command line and runs the command.
    int run(int argc, char** argv);

private:
    struct Texts {
        const CLI::App* command;
        std::vector<std::string>* values;
    };

    CLI::App& add_command(CLI::App& parent, const std::string& name,
                          const std::string& description);
    /// Parses the command line. To print the help is a body as well.
    void parse(int argc, char** argv);

    CLI::App app_;
    Body body_;
    std::vector<Texts> texts_;
};

}  // namespace cookbook
