#include "common/cli/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>

#include "common/async/describe.hpp"
#include "common/cli/output.hpp"
#include "common/net/utf8.hpp"

namespace cookbook {
namespace {

constexpr int failed = 1;
constexpr int bad_usage = 2;
constexpr int interrupted = 128 + SIGINT;

/// "--max-connections": LAB_MAX_CONNECTIONS.
std::string environment_name(const CLI::Option& option) {
    std::string name = "LAB_" + option.get_lnames().front();
    std::ranges::transform(name, name.begin(), [](unsigned char c) {
        return c == '-' ? '_' : static_cast<char>(std::toupper(c));
    });
    return name;
}

/// Lets every option come from the environment too. An empty value, "$UNSET" say, is a mistake;
/// only an option whose type is TEXT takes any text.
void complete_options(CLI::App& command) {
    const CLI::Validator not_empty(
        [](const std::string& value) { return value.empty() ? "is empty" : ""; }, "");
    for (CLI::Option* option : command.get_options()) {
        if (option->get_configurable() && !option->get_lnames().empty()) {
            option->envname(environment_name(*option));
        }
        if (option->get_items_expected_max() > 0 && option->get_type_name() != "TEXT") {
            option->check(not_empty);
        }
    }
    for (CLI::App* subcommand : command.get_subcommands({})) {
        complete_options(*subcommand);
    }
}

void add_log_level(CLI::App& command) {
    command
        .add_option_function<std::string>(
            "--log-level",
            [](const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); },
            "What the log on stderr reports")
        ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
        ->default_str("info");
}

bool looks_like_an_option(const std::string& argument) {
    return argument.size() > 1 && argument[0] == '-' && std::isdigit(argument[1]) == 0;
}

/// The arguments that CLI11 has left over, without the first "--".
std::vector<std::string> texts_of(const CLI::App& command) {
    std::vector<std::string> texts = command.remaining();
    const auto mark = std::ranges::find(texts, "--");
    const auto unknown = std::find_if(texts.begin(), mark, looks_like_an_option);
    if (unknown != mark) {
        throw CLI::ExtrasError({*unknown});
    }
    if (mark != texts.end()) {
        texts.erase(mark);
    }
    return texts;
}

/// The word that stands where a group wants a command of its own.
std::optional<std::string> instead_of_command(const CLI::App& app) {
    if (const auto commands = app.get_subcommands(); !commands.empty()) {
        return instead_of_command(*commands.front());
    }
    const std::vector<std::string> words = app.remaining();
    const bool wants_one = app.get_require_subcommand_min() > 0 && !words.empty();
    return wants_one ? std::optional(words.front()) : std::nullopt;
}

void log_to_stderr(const std::string& name) {
    // Not stderr_color_mt(): since spdlog 1.15 a second program of that name in a process would
    // fail.
    auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(name, std::move(sink)));
    spdlog::set_pattern("%H:%M:%S.%e %n %^%l%$ %v");
}

/// In one line, whatever a peer has put into its text. Nobody can be told if stderr takes none.
void print_error(const std::string& program, const std::exception& error,
                 std::string_view hint = "") {
    const std::string line = fmt::format("{}: {}{}\n", program, printable(describe(error)), hint);
    std::fputs(line.c_str(), stderr);
}

/// If stdin, stdout or stderr is closed, the next descriptor would take its place: a socket, to
/// which the log would be written.
void sanitize_standard_descriptors() {
    int descriptor = 0;
    do {
        descriptor = open("/dev/null", O_RDWR);
    } while (0 <= descriptor && descriptor <= STDERR_FILENO);
    close(descriptor);
}

}  // namespace

Program::Program(std::string name, const std::string& description, Body demo)
    : app_(description, std::move(name)), body_([demo = std::move(demo)] {
          std::setvbuf(stdout, nullptr, _IOLBF, 0);  // in step with the log, wherever both go
          return demo();
      }) {
    app_.set_config("--config", "", "Take options from this TOML file")->type_name("FILE");
    app_.allow_config_extras(CLI::config_extras_mode::error);  // a misspelt one is a mistake
    add_log_level(app_);
    app_.require_subcommand(0, 1);
    app_.footer("Without a command: the demo, server and client in one process.");
}

CLI::App& Program::command(const std::string& name, const std::string& description, Body body) {
    return command(app_, name, description, std::move(body));
}

CLI::App& Program::command(CLI::App& group, const std::string& name, const std::string& description,
                           Body body) {
    CLI::App& command = add_command(group, name, description);
    command.final_callback([this, &command, body = std::move(body)] {
        if (command.get_subcommands().empty()) {  // otherwise the subcommand has set its own
            body_ = body;
        }
    });
    return command;
}

CLI::App& Program::group(const std::string& name, const std::string& description) {
    CLI::App& group = add_command(app_, name, description);
    group.require_subcommand(1);
    return group;
}

CLI::App& Program::add_command(CLI::App& parent, const std::string& name,
                               const std::string& description) {
    CLI::App& command = *parent.add_subcommand(name, description);
    command.footer("");
    // `server --config FILE` as well as `--config FILE server`. Only the program itself reads the
    // file, after all arguments: hand it on as soon as it is seen.
    command
        .add_option_function<std::string>(
            "--config",
            [this](const std::string& file) { app_.get_config_ptr()->add_result(file); },
            "Take options from this TOML file")
        ->trigger_on_parse()
        ->configurable(false)
        ->type_name("FILE");
    add_log_level(command);
    return command;
}

void Program::add_texts(CLI::App& command, std::vector<std::string>& texts, const std::string& type,
                        const std::string& description) {
    // CLI11 would take the text [a,b] for two. So this argument, which the help shows, accepts
    // none, and all are left over (texts_of). Since it wants one for ever, "--" stays the
    // command's.
    command.add_option("texts", description)
        ->type_name(type + " ...")
        ->check(CLI::Validator([](const std::string&) { return "left over"; }, ""));
    command.validate_positionals();
    command.allow_extras();
    texts_.push_back({&command, &texts});
}

void Program::parse(int argc, char** argv) {
    complete_options(app_);
    try {
        app_.parse(argc, argv);
    } catch (const CLI::RequiredError&) {
        if (const auto unknown = instead_of_command(app_)) {
            throw CLI::ExtrasError({*unknown});
        }
        throw;
    } catch (const CLI::Success& help) {
        std::ostringstream text;
        app_.exit(help, text);
        body_ = [text = text.str()] { write_output(stdout, text); };
        return;
    }
    for (const auto& [command, values] : texts_) {
        if (command->parsed()) {
            *values = texts_of(*command);
        }
    }
}

int Program::run(int argc, char** argv) {
    sanitize_standard_descriptors();
    std::signal(SIGPIPE, SIG_IGN);  // `client … | head` ends its output: an error like any other
    log_to_stderr(app_.get_name());
    try {
        parse(argc, argv);
        return body_();
    } catch (const CLI::ParseError& error) {
        print_error(app_.get_name(), error, " (see --help)");
        return bad_usage;
    } catch (const std::exception& error) {
        if (is_cancellation(error)) {
            return interrupted;
        }
        print_error(app_.get_name(), error);
    }
    return failed;
}

}  // namespace cookbook
