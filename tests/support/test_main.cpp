// The main function of every test program.
//
// SIGPIPE keeps its deadly default: a send without MSG_NOSIGNAL to a peer that has gone must be
// seen here, as it is in the field. What kills the process from outside is met with one last
// line that names the running case, because Boost.Test says nothing then.

#define BOOST_TEST_NO_MAIN
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "support/clock.hpp"

namespace {

namespace utf = boost::unit_test;

// Fixed memory: a signal handler reads it.
std::array<char, 256> running_case{};

void set_running_case(const std::string& name) {
    running_case.fill('\0');
    name.copy(running_case.data(), running_case.size() - 1);
}

void say(const char* text) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

const char* explain(int signal) {
    switch (signal) {
        case SIGPIPE:
            return "SIGPIPE (a send without MSG_NOSIGNAL to a peer that has gone)";
        case SIGTERM:
            return "SIGTERM";
        case SIGINT:
            return "SIGINT";
        default:
            return "SIGXCPU";
    }
}

// Only what is safe in a signal handler; SA_RESETHAND has put the deadly default back already.
extern "C" void name_the_case_and_die(int signal) {
    say("fatal error: in \"");
    say(running_case.data());
    say("\": killed by ");
    say(explain(signal));
    say("\n");
    ::raise(signal);
}

void watch_signals() {
    struct sigaction action{};
    action.sa_handler = name_the_case_and_die;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGXCPU}) {
        ::sigaction(signal, &action, nullptr);
        // A parent may have blocked it.
        sigset_t set;
        ::sigemptyset(&set);
        ::sigaddset(&set, signal);
        ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    }
}

class CaseObserver : public utf::test_observer {
public:
    void test_unit_start(const utf::test_unit& unit) override {
        if (unit.p_type == utf::TUT_CASE) {
            set_running_case(unit.full_name());
            watch_signals();  // Asio's signal_set of the case before has put the default back
        }
    }
    void test_unit_finish(const utf::test_unit& unit, unsigned long) override {
        if (unit.p_type != utf::TUT_CASE) {
            return;
        }
        set_running_case("");
        cookbook::testing::restore_clock();
    }
};

bool on_a_terminal() {
    return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

bool add_observer() {
    static CaseObserver observer;
    utf::framework::register_observer(observer);
    return true;
}

}  // namespace

int main(int argc, char* argv[]) {
    if (!on_a_terminal()) {
        ::setenv("BOOST_TEST_COLOR_OUTPUT", "no", 0);
    }
    spdlog::set_pattern("%l: %v");  // the clock may have been moved, and learners read this
    return utf::unit_test_main(add_observer, argc, argv);
}
