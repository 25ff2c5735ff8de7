// common/cli/program.hpp: commands of every kind, and arguments that stay as they are given.
#include "common/cli/program.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/cli/options.hpp"
#include "common/cli/temporary_folder.hpp"

using namespace cookbook;

using Arguments = std::vector<std::string>;

namespace {

enum class Size { small, medium };

/// What a command line has set, and which command ran.
struct Outcome {
    int status = 0;
    std::string ran;
    Arguments texts;
    Arguments many;
    std::string name;
    std::string text = "default";
    bool flag = false;
    Size size = Size::medium;
    Limits limits;
    spdlog::level::level_enum log_level = spdlog::level::info;
};

asio::awaitable<void> note_later(std::string& ran, std::string what) {
    ran = what;
    co_return;
}

Outcome run_program(Arguments arguments) {
    Outcome outcome;
    Program program("program_test", "A program", [&] { outcome.ran = "demo"; });
    CLI::App& server = program.command("server", "Returns a status", [&] {
        outcome.ran = "server";
        return 3;
    });
    add_limits(server, outcome.limits);
    server.add_option("--many", outcome.many, "Several values");
    server.add_option("--name", outcome.name, "A name")->type_name("NAME");
    server.add_option("--text", outcome.text, "Any text");
    add_choice(server, "--size", outcome.size, {{"small", Size::small}, {"medium", Size::medium}},
               "One of two words");
    program.command(server, "prepare", "Is there besides", [&] { outcome.ran = "prepare"; });

    CLI::App& client = program.group("client", "Has commands of its own");
    CLI::App& info = program.command(client, "info", "Is a coroutine",
                                     [&] { return note_later(outcome.ran, "info"); });
    info.add_flag("--flag", outcome.flag, "A flag");
    program.add_texts(info, outcome.texts, "TEXT", "Anything");
    program.command(client, "fail", "Throws", [] { throw std::runtime_error("a failure"); });
    program.command(client, "stop", "Is interrupted",
                    [] { throw boost::system::system_error(asio::error::operation_aborted); });

    arguments.insert(arguments.begin(), "program_test");
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
        argv.push_back(argument.data());
    }
    const auto logger = spdlog::default_logger();
    outcome.status = program.run(static_cast<int>(argv.size()), argv.data());
    outcome.log_level = spdlog::get_level();
    spdlog::set_level(spdlog::level::info);
    spdlog::set_default_logger(logger);
    return outcome;
}

struct Texts {
    Arguments given;
    Arguments kept;
    bool flag = false;
};

const std::vector<Texts> texts = {
    {{}, {}},
    {{"a", ""}, {"a", ""}},
    {{"[a,b]", "[]", "[", "[[x]]"}, {"[a,b]", "[]", "[", "[[x]]"}},
    {{"-1", "-"}, {"-1", "-"}},
    {{"client", "server", "info"}, {"client", "server", "info"}},
    {{"a", "--flag", "b"}, {"a", "b"}, true},
    {{"--", "--flag", "-x", "[a,b]", "server"}, {"--flag", "-x", "[a,b]", "server"}},
    {{"a", "--", "-1", "b"}, {"a", "-1", "b"}},
    {{"--flag", "a", "--", "--", "-x"}, {"a", "--", "-x"}, true},
    {{"a", "--"}, {"a"}},
};

const std::vector<Arguments> bad_usages = {
    {"--nonsense"},
    {"nonsense"},
    {"client"},
    {"client", "nonsense"},
    {"client", "info", "--nonsense"},
    {"client", "info", "text", "--flagg"},
    {"client", "info", "-x", "--", "text"},
    {"server", "text"},
    {"server", "--", "text"},
    {"server", "--max-connections", "0"},
    {"server", "--idle", "0"},
    {"server", "--idle", "nan"},
    {"server", "--idle", ""},
    {"server", "--name", ""},
    {"server", "--size", "0"},
    {"server", "--size", "smal"},
    {"server", "--size", "Small"},
    {"server", "--size", ""},
    {"server", "--config", "/nonexistent"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(common_program)

BOOST_AUTO_TEST_CASE(runs_functions_and_coroutines_and_returns_their_status) {
    const Outcome demo = run_program({});
    BOOST_TEST(demo.ran == "demo");
    BOOST_TEST(demo.status == 0);
    const Outcome server = run_program({"server"});
    BOOST_TEST(server.ran == "server");
    BOOST_TEST(server.status == 3);
    const Outcome info = run_program({"client", "info"});
    BOOST_TEST(info.ran == "info");
    BOOST_TEST(info.status == 0);
    BOOST_TEST(run_program({"client", "fail"}).status == 1);
    BOOST_TEST(run_program({"client", "stop"}).status == 130);
}

BOOST_AUTO_TEST_CASE(a_command_may_be_the_first_word_of_another) {
    BOOST_TEST(run_program({"server"}).ran == "server");
    const Outcome prepared = run_program({"server", "prepare"});
    BOOST_TEST(prepared.ran == "prepare");
    BOOST_TEST(prepared.status == 0);
}

BOOST_AUTO_TEST_CASE(keeps_texts_as_they_are_given) {
    for (const Texts& row : texts) {
        BOOST_TEST_CONTEXT(fmt::format("texts {}", fmt::join(row.given, " "))) {
            Arguments arguments = {"client", "info"};
            arguments.insert(arguments.end(), row.given.begin(), row.given.end());
            const Outcome outcome = run_program(arguments);
            BOOST_TEST(outcome.status == 0);
            BOOST_TEST(outcome.texts == row.kept, boost::test_tools::per_element());
            BOOST_TEST(outcome.flag == row.flag);
        }
    }
}

BOOST_AUTO_TEST_CASE(refuses_bad_usage) {
    for (const Arguments& arguments : bad_usages) {
        BOOST_TEST_CONTEXT(fmt::format("arguments {}", fmt::join(arguments, " "))) {
            const Outcome outcome = run_program(arguments);
            BOOST_TEST(outcome.status == 2);
            BOOST_TEST(outcome.ran == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_text_may_be_empty) {
    const Outcome outcome = run_program({"server", "--text", "", "--name", "n"});
    BOOST_TEST(outcome.status == 3);
    BOOST_TEST(outcome.text == "");
    BOOST_TEST(outcome.name == "n");
}

BOOST_AUTO_TEST_CASE(a_choice_is_one_of_its_words) {
    BOOST_TEST((run_program({"server"}).size == Size::medium));
    BOOST_TEST((run_program({"server", "--size", "small"}).size == Size::small));
    const TemporaryFolder folder;
    const std::string config = folder.file("config.toml");
    for (const auto& [word, status] : {std::pair("small", 3), std::pair("0", 2)}) {
        std::ofstream(config) << "[server]\nsize = \"" << word << "\"\n";
        BOOST_TEST(run_program({"--config", config, "server"}).status == status);
        ::setenv("LAB_SIZE", word, 1);
        BOOST_TEST(run_program({"server"}).status == status);
        ::unsetenv("LAB_SIZE");
    }
}

BOOST_AUTO_TEST_CASE(a_file_of_options_has_no_others) {
    const TemporaryFolder folder;
    const std::string config = folder.file("config.toml");
    const std::vector<std::pair<std::string, int>> files = {
        {"[server]\nmax-connections = 7\n[client.info]\nflag = true\n", 3},
        {"log-level = \"off\"\n[server]\nmax-connections = 7\n", 3},
        {"[server]\nmax-conections = 7\n", 2},
        {"[sever]\nmax-connections = 7\n", 2},
        {"nonsense {{{\n", 2}};
    for (const auto& [text, status] : files) {
        std::ofstream(config) << text;
        const Outcome outcome = run_program({"server", "--config", config});
        BOOST_TEST(outcome.status == status, text << "had the status " << outcome.status);
        BOOST_TEST((outcome.limits.max_connections == 7) == (status == 3), text);
    }
}

BOOST_AUTO_TEST_CASE(an_option_takes_several_values) {
    const Outcome outcome =
        run_program({"server", "--many", "a", "b", "--many", "c", "--max-connections", "7"});
    BOOST_TEST(outcome.many == (Arguments{"a", "b", "c"}), boost::test_tools::per_element());
    BOOST_TEST(outcome.limits.max_connections == 7U);
}

BOOST_AUTO_TEST_CASE(global_options_may_follow_the_command) {
    for (const Arguments& arguments : {Arguments{"--log-level", "off", "client", "info"},
                                       {"client", "--log-level", "off", "info"},
                                       {"client", "info", "--log-level", "off"}}) {
        const Outcome outcome = run_program(arguments);
        BOOST_TEST(outcome.status == 0);
        BOOST_TEST(outcome.log_level == spdlog::level::off);
    }
}

BOOST_AUTO_TEST_SUITE_END()
