// 11.4b CIDR manager: the journal, whose disk fails, tears and loses its power; and the ledger on
// it.
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/journal.hpp"
#include "11_04b_cidr_manager/ledger.hpp"
#include "11_04b_cidr_manager/service.hpp"
#include "11_04b_cidr_manager_memory_folder.hpp"
#include "11_04b_cidr_manager_plan.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::cidr_manager;
using namespace cookbook::cidr_manager::testing;
using cookbook::testing::Log;
using cookbook::testing::pass;
using cookbook::testing::says;
using cookbook::testing::until;
using cookbook::testing::Waiting;

namespace {

const Texts three = {"{\"a\":1}", "{\"b\":\"two\"}", "{\"c\":3}"};

std::string file_of(const Texts& records) {
    std::string contents;
    for (const std::string& record : records) {
        contents += encode_record(record);
    }
    return contents;
}

Texts records_in(const std::string& contents) {
    return recover(contents, "plan").records;
}

void append(Journal& journal, const Texts& records) {
    journal.append(records);
}

// --- The ledger ---

Ledger::Job job(const std::string& text) {
    return {.request = parse_request(json_line(text))};
}

std::vector<Ledger::Job> jobs_of(const Texts& requests) {
    std::vector<Ledger::Job> jobs;
    for (const std::string& text : requests) {
        jobs.push_back(job(text));
    }
    return jobs;
}

asio::awaitable<Texts> ask(Ledger& ledger, Texts requests) {
    std::vector<Ledger::Job> jobs = jobs_of(requests);
    const Waiting waiting("the ledger");
    co_await ledger.run(jobs);
    Texts responses;
    for (const Ledger::Job& done : jobs) {
        responses.push_back(with_apostrophes(done.response));
    }
    co_return responses;
}

/// Changes of which nothing is left, two each.
Texts pairs(int count) {
    Texts requests;
    for (int n = 0; n < count; ++n) {
        requests.emplace_back("{'op':'allocate','network':'10.9.0.0/24'}");
        requests.emplace_back("{'op':'release','network':'10.9.0.0/24'}");
    }
    return requests;
}

asio::awaitable<void> run_jobs(Ledger& ledger, std::vector<Ledger::Job>& jobs) {
    co_await ledger.run(jobs);
}

asio::awaitable<void> until_called(const MemoryFolder& folder, std::string call, int times = 1) {
    co_await until([&] { return folder.count(call) >= times; }, "the disk's call \"" + call + "\"");
}

const std::string add_pool = "{'op':'add_pool','pool':'10.0.0.0/8'}";
const std::string allocate = "{'op':'allocate','pool':'10.0.0.0/8','prefix':24}";
const std::string allocated_first =
    "{'result':{'network':'10.0.0.0/24','pool':'10.0.0.0/8','owner':''}}";

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_manager_journal)

BOOST_AUTO_TEST_CASE(a_record_has_the_sum_of_its_text) {
    BOOST_TEST(encode_record("123456789") == "cbf43926 123456789\n", "zlib's CRC-32");
    BOOST_TEST((records_in(file_of(three)) == three));
    BOOST_TEST(records_in("").empty());
}

// --- Step 5: recover a torn tail
// ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(recovers_what_is_whole) {
    const std::string whole = file_of(three);
    const std::size_t second_end = file_of({three[0], three[1]}).size();
    for (std::size_t size = second_end; size < whole.size(); ++size) {
        const Recovered found = recover(whole.substr(0, size), "plan");
        BOOST_TEST((found.records == Texts{three[0], three[1]}),
                   "the last record lacks " << whole.size() - size
                                            << " bytes: it was never finished, the others were");
        BOOST_TEST(found.size == second_end,
                   "what is whole has " << second_end << " bytes, not " << found.size);
    }
    std::string changed = whole;
    changed[changed.size() - 3] ^= 1;
    BOOST_TEST(recover(changed, "plan").size == second_end,
               "a last record with a wrong sum was never finished, though its line feed is there");
    for (std::size_t at = 0; at < 8; ++at) {
        std::string only = file_of({three[0]});
        only[at] ^= 0x40;
        BOOST_TEST(recover(only, "plan").records.empty(),
                   "the only record has a wrong sum, though it is no number");
    }
    BOOST_TEST(
        (recover(whole.substr(0, second_end) + std::string(100, '\0'), "plan").size == second_end),
        "some file systems fill what was not written with zeros");
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_is_damaged) {
    const std::string whole = file_of(three);
    const std::size_t second = file_of({three[0]}).size();
    const std::size_t third = file_of({three[0], three[1]}).size();
    for (std::size_t at = second; at + 1 < third; ++at) {
        std::string changed = whole;
        changed[at] ^= 1;
        BOOST_CHECK_EXCEPTION(recover(changed, "plan"), std::runtime_error,
                              says("plan:2: damaged record"));
    }
    MemoryFolder folder(whole.substr(0, second) + "damaged\n" + file_of({three[2]}));
    const std::string before = folder.contents();
    BOOST_CHECK_EXCEPTION(Journal(folder, "plan"), std::runtime_error,
                          says("plan:2: damaged record"));
    BOOST_TEST(folder.take_calls().empty(), "a damaged file is evidence: it is not touched");
    BOOST_TEST(folder.contents() == before);
}

BOOST_AUTO_TEST_CASE(a_torn_tail_is_cut_off) {
    const Log log;  // of what is cut off
    const std::string whole = file_of(three);
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        MemoryFolder folder(whole.substr(0, size));
        Journal journal(folder, "plan");
        Texts expected = journal.take_records();
        append(journal, {"next"});
        expected.emplace_back("next");
        BOOST_TEST((records_in(folder.contents()) == expected),
                   "after " << size << " bytes of a file, the next record has joined a torn one");
        BOOST_TEST((records_in(folder.after_crash()) == expected));
    }
}

BOOST_AUTO_TEST_CASE(says_how_much_it_cuts_off) {
    MemoryFolder torn(file_of({three[0]}) + "12345");
    MemoryFolder whole(file_of(three));
    const Log log;
    const Journal journal(torn, "plan");
    const Journal other(whole, "other");
    BOOST_TEST(log.text() ==
               "warning: plan: cut off 5 bytes of a record that was never finished\n");
}

BOOST_AUTO_TEST_CASE(refuses_a_file_that_is_no_plan) {
    for (const std::string contents :
         {"{\"important\":\"my config\"}\n", "text", "1234\n", "0123456789", "\n", "01234567{}"}) {
        MemoryFolder folder(contents);
        BOOST_CHECK_EXCEPTION(Journal(folder, "plan"), std::runtime_error,
                              says("plan: not a plan"));
        BOOST_TEST(folder.take_calls().empty(), "a file that is somebody else's is not touched");
        BOOST_TEST(folder.contents() == contents);
    }
    for (const std::string& torn :
         {std::string("0123"), std::string("01234567 {"), std::string(100, '\0')}) {
        BOOST_TEST(recover(torn, "plan").size == 0U, "the very first record may be torn, too");
    }
}

// --- Step 4: write, sync, answer
// ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(records_are_on_the_disk_when_append_returns) {
    MemoryFolder folder;
    Journal journal(folder, "plan");
    BOOST_TEST(folder.count("sync folder") == 1,
               "a new file's name must be on the disk, too, or the file is lost with all it has");
    folder.take_calls();
    append(journal, {three[0], three[1]});
    BOOST_TEST((folder.take_calls() == Texts{"append plan", "sync plan"}),
               "records are written together, and then synced once");
    BOOST_TEST(folder.after_crash() == file_of({three[0], three[1]}),
               "what is not synced is gone when the power fails");
    BOOST_TEST(journal.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_no_half_record) {
    MemoryFolder folder;
    Journal journal(folder, "plan");
    append(journal, {three[0]});
    folder.fail("append plan", ENOSPC);
    BOOST_CHECK_EXCEPTION(append(journal, {three[1]}), std::system_error,
                          says("plan: No space left on device"));
    BOOST_TEST(folder.contents() == file_of({three[0]}),
               "the half record must be cut off, and nothing that was there before");
    append(journal, {three[2]});
    BOOST_TEST(folder.after_crash() == file_of({three[0], three[2]}));
    BOOST_TEST(journal.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_is_not_tried_again) {
    MemoryFolder folder;
    Journal journal(folder, "plan");
    append(journal, {three[0]});
    folder.take_calls();
    folder.fail("sync plan", EIO);
    BOOST_CHECK_THROW(append(journal, {three[1]}), std::system_error);
    BOOST_TEST(
        (folder.take_calls() == Texts{"append plan", "sync plan", "truncate plan", "sync plan"}),
        "a second sync may succeed without the data: the record is cut off before");
    BOOST_TEST(folder.after_crash(1000) == file_of({three[0]}),
               "the client was told that it failed: it must not come back after a crash");
    append(journal, {three[2]});
    BOOST_TEST(folder.after_crash() == file_of({three[0], three[2]}));
}

BOOST_AUTO_TEST_CASE(takes_nothing_more_after_a_half_record_that_stays) {
    MemoryFolder folder(file_of({three[0]}));
    Journal journal(folder, "plan");
    folder.fail("append plan", ENOSPC);
    folder.fail("truncate plan", EIO);
    BOOST_CHECK_THROW(append(journal, {three[1]}), std::system_error);
    BOOST_CHECK_THROW(append(journal, {three[2]}), std::system_error);
    BOOST_TEST((records_in(folder.contents()) == Texts{three[0]}),
               "the next record would join the half one, and both were lost");
}

BOOST_AUTO_TEST_CASE(a_crash_loses_nothing_that_was_appended) {
    for (std::size_t more = 0; more <= 2 * file_of(three).size(); ++more) {
        MemoryFolder folder(file_of({three[0]}));
        Journal journal(folder, "plan");
        append(journal, {three[1]});
        folder.fail("sync plan", EIO, 2);
        BOOST_CHECK_THROW(append(journal, {three[2]}), std::system_error);
        const Texts left = records_in(folder.after_crash(more));
        BOOST_TEST_REQUIRE((left == Texts{three[0], three[1]} || left == three));
    }
}

// --- Replacing the file
// ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_replacement_is_on_the_disk_before_it_has_the_name) {
    MemoryFolder folder(file_of(three));
    folder.put("plan.new", "left by a crash");
    Journal journal(folder, "plan");
    folder.take_calls();
    journal.replace(Texts{"new"});
    BOOST_TEST(
        (folder.take_calls() == Texts{"remove plan.new", "open plan.new", "append plan.new",
                                      "sync plan.new", "rename plan.new plan", "sync folder"}),
        "the name may be on the disk before the data: then the file is empty");
    append(journal, {"newer"});
    BOOST_TEST((records_in(folder.after_crash()) == Texts{"new", "newer"}));
    BOOST_TEST(journal.size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_crash_finds_the_old_file_or_the_new_one) {
    for (const char* call : {"remove plan.new", "open plan.new", "append plan.new", "sync plan.new",
                             "rename plan.new plan", "sync folder"}) {
        MemoryFolder folder(file_of(three));
        Journal journal(folder, "plan");
        folder.fail(call, EIO);
        BOOST_CHECK_THROW(journal.replace(Texts{"new"}), std::system_error);
        const Texts left = records_in(folder.after_crash());
        BOOST_TEST((left == three || left == Texts{"new"}), "after " << call);
        if (std::string(call) == "sync folder") {
            BOOST_CHECK_THROW(append(journal, {"more"}), std::system_error);
        } else {
            append(journal, {"more"});
            BOOST_TEST(records_in(folder.after_crash()).size() == 4U,
                       "if it cannot be replaced, the old file goes on");
        }
    }
}

// --- The system's own calls
// -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_journal_in_the_file_system) {
    const TemporaryFolder temporary;
    const std::string file = temporary.file("plan");
    const auto folder = open_folder_of(file);
    {
        Journal journal(*folder, file);
        append(journal, three);
        journal.replace(Texts{three[1]});
        append(journal, {three[2]});
    }
    Journal journal(*folder, file);
    BOOST_TEST((journal.take_records() == Texts{three[1], three[2]}));
    rlimit old{};
    ::getrlimit(RLIMIT_FSIZE, &old);
    const rlimit tight{.rlim_cur = file_of({three[1], three[2]}).size() + 5,
                       .rlim_max = old.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    BOOST_CHECK_EXCEPTION(append(journal, {three[0]}), std::system_error,
                          says(file + ": File too large"));
    ::setrlimit(RLIMIT_FSIZE, &old);
    append(journal, {"after"});
    BOOST_TEST((records_in(folder->read(file)) == Texts{three[1], three[2], "after"}));
    BOOST_TEST(folder->read(temporary.file("missing")).empty());
}

BOOST_AUTO_TEST_CASE(a_second_server_is_kept_out) {
    const TemporaryFolder temporary;
    const std::string file = temporary.file("plan");
    {
        const Lock lock(file);
        BOOST_CHECK_EXCEPTION(Lock{file}, std::runtime_error,
                              says(file + ".lock: another server has this plan"));
    }
    const Lock again(file);
}

BOOST_AUTO_TEST_CASE(only_a_file_may_be_a_plan) {
    const TemporaryFolder temporary;
    const std::string folder = temporary.file("folder");
    std::filesystem::create_directory(folder);
    BOOST_CHECK_EXCEPTION(Lock{folder}, std::runtime_error, says(folder + ": not a regular file"));
    BOOST_TEST(!std::filesystem::exists(folder + ".lock"), "it has left its lock behind");
    BOOST_CHECK_EXCEPTION(Lock{"/dev/null"}, std::runtime_error,
                          says("/dev/null: not a regular file"));
}

// --- The ledger
// -----------------------------------------------------------------------------------

ASYNC_TEST_CASE(answers_when_the_disk_has_it) {
    MemoryFolder folder;
    Ledger ledger(co_await this_coro::executor, folder, "plan");
    folder.take_calls();
    folder.close_gate("sync plan");
    std::vector<Ledger::Job> change = jobs_of({add_pool});
    std::vector<Ledger::Job> look = jobs_of({"{'op':'list'}"});
    TaskGroup clients(co_await this_coro::executor);
    clients.spawn(run_jobs(ledger, change));
    co_await until_called(folder, "sync plan");
    clients.spawn(run_jobs(ledger, look));
    co_await pass(std::chrono::milliseconds(20));
    BOOST_TEST(!change[0].done,
               "the client was told before the sync: if the power fails now, it was told a lie");
    BOOST_TEST(!look[0].done, "another client has seen what may still be lost");
    folder.open_gate();
    {
        const Waiting waiting("the responses after the sync");
        co_await clients.join();
    }
    BOOST_TEST(with_apostrophes(change[0].response) == "{'result':'10.0.0.0/8'}");
    BOOST_TEST(look[0].done);
    co_await ledger.close();
}

ASYNC_TEST_CASE(changes_that_wait_share_a_sync) {
    MemoryFolder folder;
    Ledger ledger(co_await this_coro::executor, folder, "plan");
    co_await ask(ledger, {add_pool});
    folder.take_calls();
    folder.close_gate("sync plan");
    std::vector<std::vector<Ledger::Job>> jobs(65);
    TaskGroup clients(co_await this_coro::executor);
    for (std::vector<Ledger::Job>& one : jobs) {
        one = jobs_of({allocate});
        clients.spawn(run_jobs(ledger, one));
    }
    co_await until_called(folder, "sync plan");
    co_await pass(std::chrono::milliseconds(5));
    folder.open_gate();
    {
        const Waiting waiting("65 responses");
        co_await clients.join();
    }
    BOOST_TEST(folder.count("sync plan") == 2, "64 changes waited for one sync, and need one more");
    BOOST_TEST(ledger.plan().allocations().size() == 65U);
    BOOST_TEST(std::ranges::count(folder.after_crash(), '\n') == 66);
    co_await ledger.close();
}

ASYNC_TEST_CASE(a_change_that_the_disk_refuses_has_not_been) {
    MemoryFolder folder;
    Ledger ledger(co_await this_coro::executor, folder, "plan");
    co_await ask(ledger, {add_pool});
    folder.fail("append plan", ENOSPC);
    const Texts responses =
        co_await ask(ledger, {allocate, allocate, "{'op':'find','pool':'10.0.0.0/8','prefix':24}",
                              "{'op':'release','network':'10.0.0.0/24'}"});
    const std::string refusal = "{'error':'plan: No space left on device; nothing is changed'}";
    BOOST_TEST((responses == Texts{refusal, refusal, "{'result':'10.0.0.0/24'}", refusal}));
    BOOST_TEST((co_await ask(ledger, {allocate}) == Texts{allocated_first}),
               "the server goes on, and the network is free");
    co_await ledger.close();
}

ASYNC_TEST_CASE(a_ledger_is_what_it_was) {
    MemoryFolder folder;
    const auto executor = co_await this_coro::executor;
    const std::vector<Network> pools = networks_of({"10.0.0.0/8", "2001:db8::/32"});
    const std::string with_token =
        "{'op':'allocate','pool':'10.0.0.0/8','hosts':2,'owner':'Bj\xc3\xb6rk','request':'r1'}";
    Texts first;
    {
        Ledger ledger(executor, folder, "plan");
        ledger.add_pools(pools);
        first = co_await ask(
            ledger, {allocate, with_token, allocate, "{'op':'release','network':'10.0.0.0/24'}"});
        first[0] = (co_await ask(ledger, {"{'op':'list'}"}))[0];
        co_await ledger.close();
    }
    MemoryFolder after(folder.after_crash());
    Ledger ledger(executor, after, "plan");
    after.take_calls();
    ledger.add_pools(pools);
    BOOST_TEST(after.take_calls().empty(), "the plan has its pools already");
    const Texts second = co_await ask(ledger, {"{'op':'list'}", with_token});
    BOOST_TEST(second[0] == first[0]);
    BOOST_TEST(second[1] == first[1], "a token is kept with its allocation");
    co_await ledger.close();
}

BOOST_AUTO_TEST_CASE(refuses_records_that_do_not_fit) {
    asio::io_context context;
    const std::string pool = R"({"op":"add_pool","pool":"10.0.0.0/8"})";
    for (const char* record :
         {R"({"op":"add_pool","pool":"10.1.0.0/16"})",
          R"({"op":"remove_pool","pool":"11.0.0.0/8"})", R"({"op":"dig","pool":"11.0.0.0/8"})",
          R"({"op":"add_pool"})", "[]", "nonsense",
          R"({"op":"release","pool":"10.0.0.0/8","network":"10.0.0.0/24","owner":""})"}) {
        MemoryFolder folder(file_of({pool, record}));
        BOOST_CHECK_EXCEPTION(Ledger(context.get_executor(), folder, "plan"), std::runtime_error,
                              says("plan:2: damaged record"));
    }
}

ASYNC_TEST_CASE(a_long_history_is_rewritten) {
    MemoryFolder folder;
    const auto executor = co_await this_coro::executor;
    const std::string with_token = "{'op':'allocate','pool':'10.0.0.0/8','hosts':2,'request':'r1'}";
    Texts first;
    {
        Ledger ledger(executor, folder, "plan");
        co_await ask(ledger, {add_pool});
        first = co_await ask(ledger, {with_token});
        co_await ask(ledger, pairs(499));
        co_await ledger.close();
        BOOST_TEST(records_in(folder.contents()).size() == 1000U);
        BOOST_TEST(folder.count("rename plan.new plan") == 0, "1,000 records are not too many");
        co_await ask(ledger, {"{'op':'allocate','network':'10.9.0.0/24'}"});
        co_await ledger.close();
        BOOST_TEST(folder.count("rename plan.new plan") == 1, "1,001 are");
        BOOST_TEST(records_in(folder.contents()).size() == 3U,
                   "a pool and two allocations are all that has come of it");
        co_await ask(ledger, {"{'op':'release','network':'10.9.0.0/24'}"});
        co_await ledger.close();
    }
    MemoryFolder after(folder.after_crash());
    Ledger ledger(executor, after, "plan");
    BOOST_TEST((co_await ask(ledger, {with_token}) == first),
               "the rewritten log has forgotten the token: a client that asks again gets another "
               "network");
    BOOST_TEST(ledger.plan().size() == 2U);
    co_await ledger.close();
}

ASYNC_TEST_CASE(a_rewrite_that_fails_is_tried_later) {
    MemoryFolder folder;
    Ledger ledger(co_await this_coro::executor, folder, "plan");
    co_await ask(ledger, {add_pool});
    folder.fail("sync plan.new", ENOSPC, 1);
    for (int n = 0; n < 20; ++n) {
        co_await ask(ledger, pairs(50));
    }
    co_await ledger.close();
    BOOST_TEST(folder.count("sync plan.new") == 1, "not at each change that follows");
    for (int n = 0; n < 10; ++n) {
        co_await ask(ledger, pairs(1));
    }
    co_await ledger.close();
    BOOST_TEST(folder.count("rename plan.new plan") == 1);
    BOOST_TEST(records_in(folder.contents()).size() < 20U);
    BOOST_TEST((co_await ask(ledger, {allocate}) == Texts{allocated_first}));
    co_await ledger.close();
}

// --- with_plan()
// ----------------------------------------------------------------------------------

ASYNC_TEST_CASE(a_plan_behind_a_link_is_the_file_itself) {
    const TemporaryFolder temporary;
    const std::string real = temporary.file("real");
    const std::string link = temporary.file("link");
    std::filesystem::create_symlink("real", link);
    std::string refusal;
    const auto start_a_second = [&](Ledger&) -> asio::awaitable<void> {
        try {
            co_await with_plan(real, {}, [](Ledger& other) { return other.close(); });
        } catch (const std::runtime_error& error) {
            refusal = error.what();
        }
    };
    co_await with_plan(link, {}, start_a_second);
    BOOST_TEST(refusal == real + ".lock: another server has this plan",
               "two servers write to one file, under two names: " << refusal);
    const auto make_history = [](Ledger& ledger) -> asio::awaitable<void> {
        co_await ask(ledger, pairs(501));
    };
    co_await with_plan(link, networks_of({"10.0.0.0/8"}), make_history);
    BOOST_TEST(std::filesystem::is_symlink(link), "the rewritten plan has replaced the link to it");
    const auto folder = open_folder_of(real);
    BOOST_TEST(records_in(folder->read(real)).size() == 1U, "the file itself was not rewritten");
}

ASYNC_TEST_CASE(a_server_that_fails_finishes_what_is_on_its_way) {
    const TemporaryFolder temporary;
    std::vector<Ledger::Job> jobs = jobs_of({allocate});
    TaskGroup clients(co_await this_coro::executor);
    const auto fail = [&](Ledger& ledger) -> asio::awaitable<void> {
        clients.spawn(run_jobs(ledger, jobs));
        co_await asio::post(co_await this_coro::executor, use_awaitable);  // the client asks
        throw std::runtime_error("it fails");
    };
    std::string failure;
    try {
        co_await with_plan(temporary.file("plan"), networks_of({"10.0.0.0/8"}), fail);
    } catch (const std::runtime_error& error) {
        failure = error.what();
    }
    BOOST_TEST(failure == "it fails");
    BOOST_TEST_REQUIRE(jobs[0].done, "the ledger is gone while the disk works for it");
    co_await clients.join();
}

BOOST_AUTO_TEST_SUITE_END()
