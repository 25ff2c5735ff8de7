// Recipe 11.6b, the lesson: what each layer decides, without a socket.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "11_06b_xml_rpc_service/access/rate.hpp"
#include "11_06b_xml_rpc_service/confined.hpp"
#include "11_06b_xml_rpc_service/methods/methods.hpp"
#include "11_06b_xml_rpc_service/table/introspection.hpp"
#include "11_06b_xml_rpc_service/table/multicall.hpp"
#include "11_06b_xml_rpc_service_callers.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc_service;
using namespace cookbook::testing;
using namespace std::chrono_literals;
using namespace std::string_literals;

const Caller nobody(no_roles);

/// What becomes of looking at a path: "file", "folder", "other", "leads out", or the error.
std::string look_at(const ConfinedFolder& root, const std::string& path) {
    try {
        const struct ::stat status = root.status(path);
        return S_ISREG(status.st_mode) ? "file" : S_ISDIR(status.st_mode) ? "folder" : "other";
    } catch (const LeadsOut&) {
        return "leads out";
    } catch (const std::system_error& failure) {
        return failure.code().message();
    }
}

void expect_look(const ConfinedFolder& root, const std::string& path, std::string_view expected,
                 std::string_view rule) {
    const std::string found = look_at(root, path);
    BOOST_TEST(found == expected,
               "'" << path << "' was " << found << ", not " << expected << ": " << rule);
}

/// As long as it lives, this thread looks at files as nobody, even if it is root's.
class AsNobody {
public:
    AsNobody() : before_(static_cast<::uid_t>(::setfsuid(65534))) {}
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() { ::setfsuid(before_); }

private:
    ::uid_t before_;
};

/// A table with a method of each kind, and a count of its calls.
class ExampleTable {
public:
    explicit ExampleTable(MulticallLimits limits = {}) {
        table_.add("add", "", [this](int a, int b) {
            ++calls_;
            return a + b;
        });
        table_.add("fail", "", []() -> int { throw Fault(7, "no luck"); });
        table_.add("throw", "", []() -> int { throw std::runtime_error("thrown"); });
        table_.add("unwritable", "", [] { return "\x01"s; });
        table_.add("unwritable_fault", "", []() -> int { throw Fault(7, "\x01"); });
        table_.add("text", "", [this](int size) {
            ++calls_;
            return std::string(static_cast<std::size_t>(size), 'x');
        });
        table_.add("look", "", [this] { return ++calls_; }, "files");
        table_.add("stop", "", [this] { return ++calls_; }, "admin");
        add_multicall(table_, limits);
        add_introspection(table_);
    }

    [[nodiscard]] const MethodTable& table() const { return table_; }
    [[nodiscard]] int calls() const { return calls_; }

    [[nodiscard]] std::string multicall(Array calls, const Caller& caller = nobody) const {
        return outcome_of(table_, caller, "system.multicall", multicall_of(std::move(calls)));
    }

private:
    int calls_ = 0;
    MethodTable table_;
};

/// A limiter, a clock, and a peer.
class Bucket {
public:
    explicit Bucket(std::uint32_t rate, std::uint32_t burst)
        : limiter_({.rate = rate, .burst = burst}) {}

    RateLimiter::Clock::duration take() {
        return limiter_.take(cidr_addresses::Address::v4(1), now_);
    }
    [[nodiscard]] bool gives() { return take() == 0s; }
    /// How many calls in a row it lets pass.
    int give_all() {
        int count = 0;
        while (count < 10'000 && gives()) {
            ++count;
        }
        return count;
    }
    void advance(RateLimiter::Clock::duration time) { now_ += time; }

private:
    RateLimiter limiter_;
    RateLimiter::Clock::time_point now_{1000h};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_service)

// --- Step 1: a path beneath the root -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(opens_what_is_beneath_the_root) {
    const RootFolder folder;
    folder.link("folder/b.txt", "link");
    folder.link("../a.txt", "folder/up");
    folder.link("folder", "linked_folder");
    const ConfinedFolder root(folder.root());
    expect_look(root, "a.txt", "file", "it is there");
    expect_look(root, ".", "folder", "the root itself is beneath the root");
    expect_look(root, "folder/inner", "folder", "folders may be within folders");
    expect_look(root, "folder/../a.txt", "file", "a .. that stays beneath leads nowhere else");
    expect_look(root, "link", "file", "a link that stays beneath may be followed");
    expect_look(root, "folder/up", "file", "a link up that stays beneath may be followed");
    expect_look(root, "linked_folder/b.txt", "file", "a link within a path may be followed");
    expect_look(root, "100%", "file", "a percent sign is a percent sign");
    expect_look(root, "%2e%2e", "No such file or directory", "nothing is decoded");
    expect_look(root, "none", "No such file or directory", "it is not there");
    expect_look(root, "", "No such file or directory", "an empty path names nothing");
    expect_look(root, "a.txt/b", "Not a directory", "a file has no files in it");
    expect_look(root, std::string(300, 'x'), "File name too long", "the kernel says what is wrong");
    BOOST_TEST((root.names(".", 10) ==
                std::vector<std::string>{"100%", "a.txt", "folder", "link", "linked_folder"}),
               "names are sorted, without . and ..");
    BOOST_TEST(
        (root.names("linked_folder", 10) == std::vector<std::string>{"b.txt", "inner", "up"}));
    BOOST_TEST(root.works());
}

BOOST_AUTO_TEST_CASE(refuses_what_leads_out) {
    const RootFolder folder;
    folder.link("/etc", "absolute");
    folder.link("../root-sibling", "relative");
    folder.link("loop", "loop");
    folder.link("/proc/self/cwd", "magic");
    const ConfinedFolder root(folder.root());
    for (const std::string path : {"..", "../root", "folder/../..", "../root-sibling/secret"}) {
        expect_look(root, path, "leads out", "a .. must not lead out");
    }
    expect_look(root, "/etc/passwd", "leads out", "an absolute path begins elsewhere");
    expect_look(root, folder.root() + "/a.txt", "leads out",
                "an absolute path is refused even if it would lead back");
    for (const std::string path : {"absolute", "absolute/passwd", "relative", "relative/secret"}) {
        expect_look(root, path, "leads out", "a link must not lead out");
    }
    expect_look(root, "loop", "leads out", "a link without an end leads nowhere");
    expect_look(root, "magic", "leads out", "a link of /proc leads anywhere");
    expect_look(root, "a.txt\0b"s, "leads out",
                "the kernel sees a path that ends at the zero byte: not the one that was checked");
    for (const std::string path : {"..", "absolute", "relative", "/"}) {
        BOOST_CHECK_THROW(static_cast<void>(root.names(path, 1000)), LeadsOut);
    }
}

BOOST_AUTO_TEST_CASE(holds_while_folders_become_links) {
    const RootFolder folder;
    folder.link("../root-sibling", "other");
    folder.write("root/folder/secret", "");
    const ConfinedFolder root(folder.root());
    struct ::stat outside{};
    BOOST_REQUIRE(::stat(folder.outside("root-sibling/secret").c_str(), &outside) == 0);
    const std::jthread swapper([&](const std::stop_token& done) {
        const std::string one = folder.root() + "/folder";
        const std::string two = folder.root() + "/other";
        while (!done.stop_requested()) {
            ::syscall(SYS_renameat2, AT_FDCWD, one.c_str(), AT_FDCWD, two.c_str(), RENAME_EXCHANGE);
        }
    });
    int escapes = 0;
    for (int i = 0; i < 5000; ++i) {
        try {
            escapes += root.status("folder/secret").st_ino == outside.st_ino ? 1 : 0;
        } catch (const std::system_error&) {
        }
    }
    BOOST_TEST(escapes == 0,
               "a folder became a link between the look and the opening: the kernel "
               "must do both in one call");
}

BOOST_AUTO_TEST_CASE(a_fifo_does_not_block) {
    const RootFolder folder;
    BOOST_REQUIRE(::mkfifo((folder.root() + "/fifo").c_str(), 0600) == 0);
    const ConfinedFolder root(folder.root());
    expect_look(root, "fifo", "other", "nobody writes to the fifo: opened for reading, it blocks");
    BOOST_CHECK_THROW(static_cast<void>(root.names("fifo", 10)), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_folder_may_have_too_many_names) {
    const RootFolder folder;
    const ConfinedFolder root(folder.root());
    BOOST_TEST(root.names(".", 3).size() == 3U);
    BOOST_CHECK_THROW(static_cast<void>(root.names(".", 2)), std::length_error);
    BOOST_CHECK_THROW(ConfinedFolder(folder.root() + "/none"), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_root_that_may_not_be_searched_is_confined_all_the_same) {
    const RootFolder folder;
    const ConfinedFolder root(folder.root());
    std::filesystem::permissions(folder.root(), std::filesystem::perms::none);
    {
        const AsNobody nobody_looks;
        expect_look(root, "a.txt", "Permission denied", "the caller is told what is wrong");
        BOOST_TEST(root.works(), "the kernel has openat2, and it is not forbidden");
    }
    std::filesystem::permissions(folder.root(), std::filesystem::perms::owner_all);
}

// --- Step 2: faults in their places --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_call_has_its_place) {
    const ExampleTable example;
    BOOST_TEST(example.multicall({}) == "[]", "no calls have no results");
    BOOST_TEST(example.multicall({call_of("add", {1, 2}), call_of("fail"), call_of("throw"),
                                  call_of("none"), call_of("add", {1}), call_of("add", {3, 4})}) ==
                   R"([[3],{"faultCode":7,"faultString":"no luck"},)"
                   R"({"faultCode":1,"faultString":"thrown"},)"
                   R"({"faultCode":-32601,"faultString":"no method none"},)"
                   R"({"faultCode":-32602,"faultString":"add: takes 2 arguments, not 1"},[7]])",
               "a result is an array of one, a fault is in the place of its call, and the others "
               "go on");
}

BOOST_AUTO_TEST_CASE(what_is_no_call_is_a_fault_in_its_place) {
    const ExampleTable example;
    const Array params = {1, 2};
    const std::vector<Value> malformed = {5,
                                          "add",
                                          xml_rpc::Nil{},
                                          Struct{},
                                          Struct{{"methodName", "add"}},
                                          Struct{{"params", params}},
                                          Struct{{"methodName", 5}, {"params", params}},
                                          Struct{{"methodName", "add"}, {"params", 5}},
                                          Struct{{"methodName", "add"}, {"params", Struct{}}}};
    for (const Value& call : malformed) {
        const std::string outcomes = example.multicall({call, call_of("add", {1, 2})});
        BOOST_TEST(outcomes.starts_with(R"([{"faultCode":-32602,)"),
                   xml_rpc::to_json(call) << " is not a call, but came to " << outcomes);
        BOOST_TEST(outcomes.ends_with(",[3]]"), "the call behind it goes on");
    }
    BOOST_TEST(example.multicall(
                   {Struct{{"extra", 1}, {"params", params}, {"methodName", "add"}}}) == "[[3]]",
               "members have no order, and others are passed over");
}

BOOST_AUTO_TEST_CASE(a_multicall_within_is_refused) {
    const ExampleTable example;
    const Value inner = call_of("system.multicall", multicall_of({call_of("add", {1, 2})}));
    const std::string outcomes = example.multicall({inner, call_of("add", {3, 4})});
    BOOST_TEST(outcomes.starts_with(R"([{"faultCode":-32600,)"), "it was " << outcomes);
    BOOST_TEST(outcomes.ends_with(",[7]]"), "the call behind it goes on");
    BOOST_TEST(example.calls() == 1, "the inner call was made");
}

BOOST_AUTO_TEST_CASE(a_result_that_nobody_can_write_spoils_no_other) {
    const ExampleTable example;
    const std::string outcomes =
        example.multicall({call_of("add", {1, 2}), call_of("unwritable"), call_of("add", {3, 4})});
    BOOST_TEST(outcomes.starts_with(R"([[3],{"faultCode":-32603,)"), "it was " << outcomes);
    BOOST_TEST(outcomes.ends_with(",[7]]"));
    BOOST_TEST(
        example.multicall({call_of("unwritable_fault")}).starts_with(R"([{"faultCode":-32603,)"),
        "nor does a fault that nobody can write");
}

BOOST_AUTO_TEST_CASE(more_calls_than_the_limit_are_one_fault) {
    const ExampleTable example({.max_calls = 3});
    const Array three = {call_of("add", {1, 2}), call_of("add", {1, 2}), call_of("add", {1, 2})};
    BOOST_TEST(example.multicall(three) == "[[3],[3],[3]]");
    Array four = three;
    four.emplace_back(call_of("add", {1, 2}));
    BOOST_TEST(example.multicall(four) == "fault -32602");
    BOOST_TEST(example.calls() == 3, "none of them is made");
    expect_outcome(example.table(), nobody, "system.multicall", {5}, "fault -32602",
                   "its argument is an array");
    expect_outcome(example.table(), nobody, "system.multicall", {}, "fault -32602",
                   "it has an argument");
}

BOOST_AUTO_TEST_CASE(each_call_of_a_multicall_takes_a_turn) {
    const ExampleTable example;
    int turns = 2;
    const Caller caller(no_roles, [&] { return turns-- > 0; });
    const Array calls(5, Value(call_of("add", {1, 2})));
    const std::string outcomes = example.multicall(calls, caller);
    BOOST_TEST(outcomes.starts_with(R"([[3],[3],[3],{"faultCode":429,)"),
               "the first is paid for by the request, and then each takes a turn: " << outcomes);
    BOOST_TEST(example.calls() == 3);
}

// --- Step 3: the role of a method ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_method_needs_its_role) {
    const ExampleTable example;
    BOOST_TEST(outcome_of(example.table(), nobody, "look", {}, true) ==
                   "fault 403: look needs the role files",
               "whoever lacks a role hears which, and for what");
    BOOST_TEST(outcome_of(example.table(), Caller(files_role), "stop", {}, true) ==
               "fault 403: stop needs the role admin");
    BOOST_TEST(example.calls() == 0, "a method was called without its role");
    expect_outcome(example.table(), Caller(files_role), "look", {}, "1", "files is its role");
    expect_outcome(example.table(), Caller(admin_role), "stop", {}, "2", "admin is its role");
    expect_outcome(example.table(), nobody, "add", {1, 2}, "3", "it has no role");
    expect_outcome(example.table(), nobody, "none", {}, "fault -32601", "there is no such method");
}

BOOST_AUTO_TEST_CASE(admin_has_all_roles) {
    const ExampleTable example;
    expect_outcome(example.table(), Caller(admin_role), "look", {}, "1", "admin has all roles");
}

BOOST_AUTO_TEST_CASE(roles_count_within_a_multicall) {
    const ExampleTable example;
    const Array calls = {call_of("look"), call_of("stop"), call_of("add", {1, 2})};
    const std::string forbidden_look =
        R"({"faultCode":403,"faultString":"look needs the role files"})";
    const std::string forbidden_stop =
        R"({"faultCode":403,"faultString":"stop needs the role admin"})";
    BOOST_TEST(example.multicall(calls) == "[" + forbidden_look + "," + forbidden_stop + ",[3]]",
               "a multicall must not lead around a role");
    BOOST_TEST(example.multicall(calls, Caller(files_role)) == "[[2]," + forbidden_stop + ",[3]]");
    BOOST_TEST(example.multicall(calls, Caller(admin_role)) == "[[4],[5],[3]]");
}

BOOST_AUTO_TEST_CASE(shows_a_caller_what_it_may_call) {
    const ExampleTable example;
    const std::string free = R"("system.listMethods","system.methodHelp",)"
                             R"("system.methodSignature","system.multicall","text","throw",)"
                             R"("unwritable","unwritable_fault"])";
    expect_outcome(example.table(), nobody, "system.listMethods", {}, R"(["add","fail",)" + free,
                   "sorted, and only what the caller may call");
    expect_outcome(example.table(), Caller(files_role), "system.listMethods", {},
                   R"(["add","fail","look",)" + free, "sorted, and only what the caller may call");
    expect_outcome(example.table(), Caller(admin_role), "system.listMethods", {},
                   R"(["add","fail","look","stop",)" + free, "admin may call all");
    for (const std::string method : {"system.methodHelp", "system.methodSignature"}) {
        expect_outcome(example.table(), nobody, method, {"look"}, "fault -32601",
                       "what a caller may not call is not there");
        expect_outcome(example.table(), nobody, method, {"none"}, "fault -32601",
                       "there is no such method");
    }
    expect_outcome(example.table(), Caller(files_role), "system.methodSignature", {"look"},
                   R"([["int"]])", "the result's type");
}

// --- Step 4: how often ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_bucket_has_its_burst) {
    Bucket bucket(10, 20);
    BOOST_TEST(bucket.give_all() == 20, "a bucket has as many tokens as the burst, and no more");
    BOOST_TEST(!bucket.gives());
}

BOOST_AUTO_TEST_CASE(a_bucket_fills_with_time) {
    Bucket bucket(10, 20);
    bucket.give_all();
    bucket.advance(99ms);
    BOOST_TEST(!bucket.gives(), "the next token is there after a tenth of a second");
    bucket.advance(1ms);
    BOOST_TEST(bucket.give_all() == 1, "ten a second are one after a tenth of a second");
    bucket.advance(1s);
    BOOST_TEST(bucket.give_all() == 10, "ten a second");
    for (int i = 0; i < 5; ++i) {
        bucket.advance(100ms);
        BOOST_TEST(bucket.give_all() == 1, "at its rate it goes on for ever");
    }
}

BOOST_AUTO_TEST_CASE(a_full_bucket_does_not_save_up) {
    Bucket bucket(10, 20);
    bucket.advance(1h);
    BOOST_TEST(bucket.give_all() == 20, "an hour of silence must not save up more than the burst");
    bucket.advance(1h);
    BOOST_TEST(bucket.give_all() == 20, "an hour of silence must not save up more than the burst");
}

BOOST_AUTO_TEST_CASE(a_refused_call_costs_nothing) {
    Bucket bucket(10, 20);
    BOOST_TEST(bucket.give_all() == 20);
    for (int i = 0; i < 1000; ++i) {
        static_cast<void>(bucket.take());
    }
    bucket.advance(100ms);
    BOOST_TEST(bucket.gives(), "who asks too often would never be served again");
}

BOOST_AUTO_TEST_CASE(says_how_long_to_wait) {
    Bucket bucket(10, 20);
    bucket.give_all();
    BOOST_TEST((bucket.take() == 100ms), "the next token is there after a tenth of a second");
    bucket.advance(30ms);
    BOOST_TEST((bucket.take() == 70ms), "of which a part has passed");
}

BOOST_AUTO_TEST_CASE(full_buckets_are_forgotten_first) {
    RateLimiter limiter({.rate = 1, .burst = 2, .max_peers = 2});
    const cidr_addresses::Address one = cidr_addresses::Address::v4(1);
    const cidr_addresses::Address two = cidr_addresses::Address::v4(2);
    const cidr_addresses::Address three = cidr_addresses::Address::v4(3);
    const RateLimiter::Clock::time_point begin{1000h};
    BOOST_TEST((limiter.take(one, begin) == 0s));
    BOOST_TEST((limiter.take(two, begin) == 0s));
    BOOST_TEST((limiter.take(two, begin) == 0s));
    BOOST_TEST((limiter.take(one, begin + 1s) == 0s));
    BOOST_TEST((limiter.take(one, begin + 1s) == 0s));
    BOOST_TEST((limiter.take(three, begin + 2s) == 0s), "two is full again, and is forgotten");
    BOOST_TEST(limiter.peers() == 2U, "the table is bounded");
    BOOST_TEST((limiter.take(one, begin + 2s) == 0s), "one has got a token");
    BOOST_TEST((limiter.take(one, begin + 2s) == 1s), "one is not forgotten: its bucket is empty");
}

// --- Step 5: results that grow -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(results_have_a_limit_together) {
    const ExampleTable example({.max_results = 5000});
    const Array calls(100, Value(call_of("text", {2000})));
    const Value outcomes = example.table().call(nobody, "system.multicall", multicall_of(calls));
    int results = 0;
    for (const Value& outcome : *outcomes.get_if<Array>()) {
        results += outcome.get_if<Array>() != nullptr ? 1 : 0;
    }
    BOOST_TEST(outcomes.get_if<Array>()->size() == 100U, "each call has its place");
    BOOST_TEST(results == 3, "three results of 2,000 bytes reach the limit of 5,000");
    BOOST_TEST(example.calls() == results, "a method was called though its result has no room");
    const std::string json = xml_rpc::to_json(outcomes);
    BOOST_TEST(json.find(R"({"faultCode":-32602,)") != json.npos, "the rest are faults");
    BOOST_TEST(example.multicall(Array(2, Value(call_of("text", {2000})))).find("fault") ==
                   std::string::npos,
               "the next multicall begins anew");
}

BOOST_AUTO_TEST_CASE(an_echo_is_refused_before_it_is_made) {
    MethodTable table;
    add_system(table, [] {});
    constexpr std::int64_t mebibyte = std::int64_t{1} << 20U;
    const auto echo_size = [&](const std::string& text, std::int64_t count) {
        return outcome_of(table, nobody, "system.echo", {text, count}).size() - 2;  // quotes
    };
    BOOST_TEST(echo_size("", mebibyte) == std::size_t{mebibyte}, "1 MiB is allowed");
    BOOST_TEST(echo_size("abc", mebibyte / 4) == std::size_t{mebibyte}, "1 MiB is allowed");
    for (const auto& [text, count] : std::vector<std::pair<std::string, std::int64_t>>{
             {"", mebibyte + 1},
             {"abc", mebibyte / 4 + 1},
             {"abc", std::int64_t{1} << 31U},
             {"abcdefg", std::int64_t{1} << 61U},  // 8 bytes, so many times: 2^64
             {"", INT64_MAX},
             {std::string(static_cast<std::size_t>(mebibyte), 'x'), 1}}) {
        expect_outcome(table, nobody, "system.echo", {text, count}, "fault -32602",
                       "a result of more than 1 MiB is refused, before memory is asked for");
    }
}

BOOST_AUTO_TEST_SUITE_END()
