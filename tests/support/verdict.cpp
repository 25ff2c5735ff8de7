// Tells a grader what became of the case that ran, over a channel that a submission cannot guess.
//
// LAB_VERDICT, set by tools/cases.py, names a socket. Through it comes a secret, which is read
// before any code of the submission runs: .preinit_array goes ahead of every static initialiser.
// Through it goes the verdict, with the secret before it, when the tests are over. So a program
// that ends early, prints a report or writes to the socket has no verdict. Code that searches its
// own process for the secret can still forge one: docs/instructors.md says what that means.
//
// This file is linked as an object, not from a library: objects come first in .preinit_array.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/results_collector.hpp>
#include <boost/test/tree/observer.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr const char* variable = "LAB_VERDICT=";

// Both are set before static initialisation, so neither may have an initialiser that runs code.
constinit std::array<char, 32> secret{};
constinit int channel = -1;

// Without the sanitizers, which are not set up yet, and past the wrapped calls of test_support.
[[gnu::no_sanitize_address, gnu::no_sanitize_thread]] void take_secret(int, char**,
                                                                       char** environment) {
    for (; *environment != nullptr; ++environment) {
        if (std::strncmp(*environment, variable, std::strlen(variable)) != 0) {
            continue;
        }
        const int descriptor = std::atoi(*environment + std::strlen(variable));
        const auto size = static_cast<long>(secret.size());
        if (::syscall(SYS_read, descriptor, secret.data(), secret.size()) == size) {
            channel = descriptor;
            ::syscall(SYS_fcntl, channel, F_SETFD, FD_CLOEXEC);
        }
    }
}

[[gnu::used, gnu::section(".preinit_array")]] void (*const at_the_very_start)(int, char**,
                                                                              char**) = take_secret;

class Verdict : public boost::unit_test::test_observer {
public:
    Verdict() { boost::unit_test::framework::register_observer(*this); }

    void test_unit_start(const boost::unit_test::test_unit& unit) override {
        if (unit.p_type == boost::unit_test::TUT_CASE) {
            cases_.push_back(&unit);
        }
    }

    // One line for each case: "SECRET passed ASSERTIONS NAME", or "SECRET failed …".
    void test_finish() override {
        std::string verdict;
        for (const auto* unit : cases_) {
            const auto& results = boost::unit_test::results_collector.results(unit->p_id);
            verdict.append(secret.data(), secret.size())
                .append(results.passed() ? " passed " : " failed ")
                .append(std::to_string(results.p_assertions_passed + results.p_assertions_failed))
                .append(" " + unit->p_name.value + "\n");
        }
        cases_.clear();
        if (channel >= 0) {
            ::syscall(SYS_write, channel, verdict.data(), verdict.size());
            ::syscall(SYS_close, std::exchange(channel, -1));
        }
    }

private:
    std::vector<const boost::unit_test::test_unit*> cases_;
};

Verdict the_verdict;

}  // namespace
