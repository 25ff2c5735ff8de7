// 11.4b CIDR manager: requests and their responses, with and without a plan.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/request_error.hpp"
#include "11_04b_cidr_manager_plan.hpp"
#include "support/allocations.hpp"

using namespace cookbook::cidr_manager;
using namespace cookbook::cidr_manager::testing;

namespace {

using Exchanges = std::vector<std::pair<std::string, std::string>>;

void expect_answers(const Exchanges& exchanges) {
    for (const auto& [request, response] : exchanges) {
        BOOST_TEST(answer(request) == response, request << " was answered " << answer(request));
    }
}

void expect_answers(AskedPlan& plan, const Exchanges& exchanges) {
    for (const auto& [request, response] : exchanges) {
        const std::string got = plan.ask(request);
        BOOST_TEST(got == response, request << " was answered " << got);
    }
}

AskedPlan plan_with_a_pool() {
    AskedPlan plan;
    plan.ask("{'op':'add_pool','pool':'10.0.0.0/20'}");
    return plan;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_manager_requests)

BOOST_AUTO_TEST_CASE(each_line_is_answered) {
    expect_answers({
        {"", "{'error':'not JSON: incomplete JSON'}"},
        {"{", "{'error':'not JSON: incomplete JSON'}"},
        {"[]", "{'error':'a request must be a JSON object'}"},
        {"{}", R"({'error':'\'op\' is missing'})"},
        {"{'op':1}", R"({'error':'\'op\' must be a string'})"},
        {"{'op':'dig'}", "{'error':'there is no operation dig'}"},
        {"{'op':'d\\ng'}", R"({'error':'there is no operation \'d\\ng\''})"},
        {"{'id':1,'op':'dig'}", "{'id':1,'error':'there is no operation dig'}"},
        {"{'op':'collapse','networks':[],'id':'x'}", "{'id':'x','result':[]}"},
        {"{'op':'collapse','networks':[],'id':18446744073709551615}",
         "{'id':18446744073709551615,'result':[]}"},
        {"{'op':'collapse','networks':[],'id':1.5}",
         R"({'error':'\'id\' must be a string or an integer'})"},
        {"{'op':'allocate','pool':'10.0.0.0/8'}",
         "{'error':'allocate needs a server with a plan'}"},
        {"{'op':'find','pool':'10.0.0.0/8','prefix':9}",
         "{'error':'find needs a server with a plan'}"},
    });
    const std::string deep = "{\"op\":" + std::string(40, '[') + std::string(40, ']') + "}";
    BOOST_TEST(answer(deep) == "{'error':'not JSON: too deep'}",
               "a peer that nests its request must not exhaust the stack");
}

BOOST_AUTO_TEST_CASE(one_bad_item_spoils_no_other) {
    expect_answers({
        {"{'op':'info','networks':['x',5,'10.0.0.5/24']}",
         R"({'result':[{'cidr':'x','error':''x' does not appear to be an IPv4 or IPv6 network'},)"
         R"({'cidr':5,'error':'a network must be a string'},)"
         R"({'cidr':'10.0.0.5/24','network':'10.0.0.0','broadcast':'10.0.0.255',)"
         R"('netmask':'255.255.255.0','prefixlen':24,'num_addresses':'256',)"
         R"('usable_hosts':'254'}]})"},
        {"{'op':'info','networks':['10.0.0.5/24'],'strict':true}",
         "{'result':[{'cidr':'10.0.0.5/24','error':'10.0.0.5/24 has host bits set'}]}"},
        {"{'op':'info','networks':['10.0.0.5/24'],'strict':1}",
         R"({'error':'\'strict\' must be true or false'})"},
    });
}

BOOST_AUTO_TEST_CASE(counts_the_hosts_as_python_does) {
    const std::pair<const char*, const char*> counts[] = {
        {"10.0.0.0/30", "2"}, {"10.0.0.0/31", "2"},
        {"10.0.0.0/32", "1"}, {"0.0.0.0/0", "4294967294"},
        {"::/126", "3"},      {"::/127", "2"},
        {"::/128", "1"},      {"::/0", "340282366920938463463374607431768211455"}};
    for (const auto& [network, count] : counts) {
        const std::string response =
            answer(std::string("{'op':'info','networks':['") + network + "']}");
        BOOST_TEST(response.find(std::string("'usable_hosts':'") + count + "'") != response.npos,
                   network << " was answered " << response);
    }
}

BOOST_AUTO_TEST_CASE(addresses_by_index) {
    expect_answers({
        {"{'op':'addresses','network':'10.0.0.0/24','count':2}",
         "{'result':['10.0.0.1','10.0.0.2']}"},
        {"{'op':'addresses','network':'10.0.0.0/24','count':1,'hosts':false}",
         "{'result':['10.0.0.0']}"},
        {"{'op':'addresses','network':'10.0.0.0/24','start':-1,'count':1}",
         "{'result':['10.0.0.254']}"},
        {"{'op':'addresses','network':'10.0.0.0/24','start':-254,'count':1}",
         "{'result':['10.0.0.1']}"},
        {"{'op':'addresses','network':'10.0.0.0/24','start':-255,'count':1}",
         "{'error':'index out of range: there are 254 addresses'}"},
        {"{'op':'addresses','network':'10.0.0.0/24','start':253,'count':2}",
         "{'error':'index out of range: there are 254 addresses'}"},
        {"{'op':'addresses','network':'10.0.0.0/24','start':254,'count':0}", "{'result':[]}"},
        {"{'op':'addresses','network':'10.0.0.0/24','start':255,'count':0}",
         "{'error':'index out of range: there are 254 addresses'}"},
        {"{'op':'addresses','network':'10.0.0.4/32','count':1}", "{'result':['10.0.0.4']}"},
        {"{'op':'addresses','network':'::/0','count':1}", "{'result':['::1']}"},
        {"{'op':'addresses','network':'::/0','start':-1,'count':1,'hosts':false}",
         "{'result':['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff']}"},
        {"{'op':'addresses','network':'::/127','start':2,'count':1,'hosts':false}",
         "{'error':'index out of range: there are 2 addresses'}"},
        {"{'op':'addresses','network':'::/0','start':9223372036854775807,'count':1,'hosts':false}",
         "{'result':['::7fff:ffff:ffff:ffff']}"},
        {"{'op':'addresses','network':'::/0','start':-9223372036854775808,'count':1,"
         "'hosts':false}",
         "{'result':['ffff:ffff:ffff:ffff:8000::']}"},
        {"{'op':'next','address':'10.0.0.255','count':2}", "{'result':['10.0.0.255','10.0.1.0']}"},
        {"{'op':'next','address':'255.255.255.255','count':1}", "{'result':['255.255.255.255']}"},
        {"{'op':'next','address':'255.255.255.255','count':2}",
         "{'error':'4294967296 (>= 2**32) is not permitted as an IPv4 address'}"},
        {"{'op':'next','address':'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff','count':2}",
         "{'error':'340282366920938463463374607431768211456 (>= 2**128) is not permitted as an "
         "IPv6 address'}"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_too_many_results_before_it_makes_any) {
    for (const char* request : {"{'op':'addresses','network':'::/0','count':65537}",
                                "{'op':'next','address':'::','count':65537}",
                                "{'op':'split','network':'::/0','prefix':128}",
                                "{'op':'split','network':'10.0.0.0/8','prefix':25}"}) {
        BOOST_TEST(answer(request) == "{'error':'too many results: at most 65536 at once'}");
    }
    const std::string all = answer("{'op':'split','network':'10.0.0.0/8','prefix':24}");
    BOOST_TEST(std::ranges::count(all, '/') == 65536);
}

BOOST_AUTO_TEST_CASE(finds_with_little_memory_however_much_is_free) {
    std::string used;
    for (int n = 1; n <= 1000; ++n) {
        used += fmt::format("{}'{:x}:8000::1'", n == 1 ? "" : ",", n);
    }
    const std::string request = "{'op':'find','pool':'::/0','prefix':16,'used':[" + used + "]}";
    const cookbook::testing::CountAllocations allocations;
    BOOST_TEST(answer(request) == "{'result':'::/16'}");
    BOOST_TEST(allocations.count() < 20'000U,
               allocations.count()
                   << " allocations: 1,000 addresses leave 200,000 free blocks, and "
                   << "a line of 1 MiB has 100 times as many addresses");
}

BOOST_AUTO_TEST_CASE(a_number_must_be_whole) {
    for (const char* number : {"1.5", "'5'", "true", "1180591620717411303424", "1e999", "-1e999",
                               "null", "[1]", "9223372036854775808"}) {
        BOOST_TEST(answer(std::string("{'op':'find','pool':'10.0.0.0/8','used':[],'prefix':") +
                          number + "}") == R"({'error':'\'prefix\' must be a whole number'})",
                   number << " is no whole number that fits in 64 bits");
    }
    expect_answers({
        {"{'op':'find','pool':'10.0.0.0/8','used':[],'prefix':9.0}", "{'result':'10.0.0.0/9'}"},
        {"{'op':'find','pool':'10.0.0.0/8','used':[],'prefix':33}",
         R"({'error':'\'prefix\' must be 0 to 32'})"},
        {"{'op':'find','pool':'10.0.0.0/8','used':[],'hosts':0}",
         R"({'error':'\'hosts\' must be 1 or more'})"},
        {"{'op':'find','pool':'10.0.0.0/8','used':[],'hosts':9223372036854775807}",
         "{'result':null}"},
        {"{'op':'find','pool':'10.0.0.0/8','used':[]}",
         R"({'error':'one of \'hosts\' and \'prefix\' must be there'})"},
        {"{'op':'find','pool':'10.0.0.0/8','used':[],'hosts':1,'prefix':9}",
         R"({'error':'one of \'hosts\' and \'prefix\' must be there'})"},
        {"{'op':'next','address':'::','count':-1}",
         R"({'error':'\'count\' must not be negative'})"},
    });
}

BOOST_AUTO_TEST_CASE(calculates_as_python_does) {
    expect_answers({
        {"{'op':'summarize','first':'10.0.0.9','last':'10.0.0.1'}",
         "{'error':'last IP address must be greater than first'}"},
        {"{'op':'summarize','first':'10.0.0.9','last':'::'}",
         "{'error':'10.0.0.9 and :: are not of the same version'}"},
        {"{'op':'summarize','first':'10.0.0.0','last':'10.0.0.8'}",
         "{'result':['10.0.0.0/29','10.0.0.8/32']}"},
        {"{'op':'exclude','network':'10.0.0.0/30','minus':['10.0.0.1','11.0.0.0/8','::/0']}",
         "{'result':['10.0.0.0/32','10.0.0.2/31']}"},
        {"{'op':'exclude','network':'10.0.0.0/30','minus':['10.0.0.0/8']}", "{'result':[]}"},
        {"{'op':'split','network':'10.0.0.0/24','prefix':25}",
         "{'result':['10.0.0.0/25','10.0.0.128/25']}"},
        {"{'op':'split','network':'10.0.0.0/24','prefix':23}",
         "{'error':'new prefix must be longer'}"},
        {"{'op':'split','network':'10.0.0.0/24','prefix':1000000000000}",
         "{'error':'prefix length diff 1000000000000 is invalid for netblock 10.0.0.0/24'}"},
        {"{'op':'split','network':'10.0.0.0','prefix':24}", "{'result':['10.0.0.0/32']}"},
        {"{'op':'split','network':'10.0.0.0/24','hosts':[2,100,60]}",
         "{'result':['10.0.0.192/30','10.0.0.0/25','10.0.0.128/26']}"},
        {"{'op':'split','network':'10.0.0.0/24','hosts':[2,200]}",
         "{'error':'they do not fit in 10.0.0.0/24'}"},
        {"{'op':'overlaps','networks':['10.0.0.0/8','10.1.0.0/16']}", "{'result':[[1,0]]}"},
        {"{'op':'collapse','networks':['fe80::1%eth0','fe80::/127']}", "{'result':['fe80::/127']}"},
    });
}

BOOST_AUTO_TEST_CASE(utilisation_counts_each_address_once) {
    expect_answers({
        {"{'op':'utilisation','pool':'10.0.0.0/24',"
         "'used':['10.0.0.0/26','10.0.0.0/25','11.0.0.0/8','::/0']}",
         "{'result':{'addresses':'256','used':'128','free':'128','ratio':5E-1,"
         "'free_blocks':['10.0.0.128/25'],'largest_free':'10.0.0.128/25'}}"},
        {"{'op':'utilisation','pool':'::/0','used':['::/0']}",
         "{'result':{'addresses':'340282366920938463463374607431768211456',"
         "'used':'340282366920938463463374607431768211456','free':'0','ratio':1E0,"
         "'free_blocks':[],'largest_free':null}}"},
    });
}

// --- With a plan
// ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(allocates_and_releases) {
    AskedPlan plan = plan_with_a_pool();
    expect_answers(
        plan, {{"{'op':'allocate','pool':'10.0.0.0/20','hosts':100,'owner':'bob'}",
                "{'result':{'network':'10.0.0.0/25','pool':'10.0.0.0/20','owner':'bob'}}"},
               {"{'op':'find','pool':'10.0.0.0/20','prefix':26}", "{'result':'10.0.0.128/26'}"},
               {"{'op':'allocate','network':'10.0.15.7/24'}",
                "{'result':{'network':'10.0.15.0/24','pool':'10.0.0.0/20','owner':''}}"},
               {"{'op':'list'}",
                "{'result':{'pools':['10.0.0.0/20'],'allocations':["
                "{'network':'10.0.0.0/25','pool':'10.0.0.0/20','owner':'bob'},"
                "{'network':'10.0.15.0/24','pool':'10.0.0.0/20','owner':''}],'more':false}}"},
               {"{'op':'release','network':'10.0.0.0/25'}",
                "{'result':{'network':'10.0.0.0/25','pool':'10.0.0.0/20','owner':'bob'}}"},
               {"{'op':'find','pool':'10.0.0.0/20','prefix':21}", "{'result':'10.0.0.0/21'}"},
               {"{'op':'utilisation','pool':'10.0.0.0/20'}",
                "{'result':{'addresses':'4096','used':'256','free':'3840','ratio':6.25E-2,"
                "'free_blocks':['10.0.0.0/21','10.0.8.0/22','10.0.12.0/23','10.0.14.0/24'],"
                "'largest_free':'10.0.0.0/21'}}"}});
}

BOOST_AUTO_TEST_CASE(a_refusal_says_who_is_in_the_way) {
    AskedPlan plan = plan_with_a_pool();
    plan.ask("{'op':'allocate','network':'10.0.0.0/25','owner':'bob'}");
    plan.ask("{'op':'allocate','network':'10.0.1.0/25','owner':'bob, the builder'}");
    plan.ask("{'op':'allocate','network':'10.0.2.0/25'}");
    expect_answers(
        plan,
        {{"{'op':'allocate','network':'10.0.0.0/24'}",
          "{'error':'10.0.0.0/24 overlaps 10.0.0.0/25, allocated to bob'}"},
         {"{'op':'allocate','network':'10.0.0.77'}",
          "{'error':'10.0.0.77/32 overlaps 10.0.0.0/25, allocated to bob'}"},
         {"{'op':'allocate','network':'10.0.1.0/24'}",
          R"({'error':'10.0.1.0/24 overlaps 10.0.1.0/25, allocated to \'bob, the builder\''})"},
         {"{'op':'allocate','network':'10.0.2.0/24'}",
          "{'error':'10.0.2.0/24 overlaps 10.0.2.0/25, allocated'}"},
         {"{'op':'allocate','pool':'10.0.0.0/20','prefix':20}",
          "{'error':'no room for /20 in 10.0.0.0/20'}"},
         {"{'op':'allocate','pool':'10.0.0.0/20','hosts':5000000000}",
          "{'error':'no room for so many hosts in 10.0.0.0/20'}"},
         {"{'op':'allocate','pool':'10.0.0.0/8','prefix':24}",
          "{'error':'10.0.0.0/8 is not a pool'}"},
         {"{'op':'allocate','network':'11.0.0.0/24'}", "{'error':'11.0.0.0/24 is in no pool'}"},
         {"{'op':'release','network':'10.0.0.0/24'}", "{'error':'10.0.0.0/24 is not allocated'}"},
         {"{'op':'remove_pool','pool':'10.0.0.0/20'}",
          "{'error':'10.0.0.0/20 is not empty: it has 10.0.0.0/25, allocated to bob'}"},
         {"{'op':'add_pool','pool':'10.0.0.0/24'}",
          "{'error':'10.0.0.0/24 overlaps 10.0.0.0/20, a pool'}"},
         {"{'op':'remove_pool','pool':'10.0.0.0/8'}", "{'error':'10.0.0.0/8 is not a pool'}"},
         {"{'op':'add_pool','pool':'2001:db8::/32'}", "{'result':'2001:db8::/32'}"},
         {"{'op':'allocate','pool':'2001:db8::/32','network':'10.0.3.0/24'}",
          "{'error':'10.0.3.0/24 is not in 2001:db8::/32'}"},
         {"{'op':'remove_pool','pool':'2001:db8::/32'}", "{'result':'2001:db8::/32'}"}});
    BOOST_TEST(plan.changes.size() == 6U, "a request that is refused changes nothing");
}

BOOST_AUTO_TEST_CASE(an_owner_has_limits) {
    AskedPlan plan = plan_with_a_pool();
    const std::string refusal =
        R"({'error':'\'owner\' must have at most 255 bytes, none of them a control character'})";
    const auto allocate = [&](const std::string& owner) {
        return plan.ask("{'op':'allocate','pool':'10.0.0.0/20','prefix':30,'owner':'" + owner +
                        "'}");
    };
    BOOST_TEST(allocate(std::string(256, 'x')) == refusal);
    BOOST_TEST(allocate("bob\\n10.0.0.0/8 mallory") == refusal,
               "a line feed in an owner would make a line of its own in a list");
    BOOST_TEST(allocate("bob\\u009b2J") == refusal, "U+009B clears a terminal as ESC [ does");
    BOOST_TEST(allocate("bob\\u0085carol") == refusal, "U+0085 is a new line");
    BOOST_TEST(allocate(std::string(255, 'x')) != refusal);
    BOOST_TEST(allocate("Björk") != refusal);
}

BOOST_AUTO_TEST_CASE(the_same_token_gives_the_same_allocation) {
    AskedPlan plan = plan_with_a_pool();
    const std::string request =
        "{'op':'allocate','pool':'10.0.0.0/20','hosts':100,'owner':'bob','request':'r1'}";
    const std::string first = plan.ask(request);
    BOOST_TEST(plan.ask(request) == first,
               "a client that asks again must not get a second network");
    BOOST_TEST(plan.changes.size() == 2U, "nothing was to be written the second time");
    for (const char* other :
         {"{'op':'allocate','pool':'10.0.0.0/20','hosts':101,'owner':'bob','request':'r1'}",
          "{'op':'allocate','pool':'10.0.0.0/20','prefix':25,'owner':'bob','request':'r1'}",
          "{'op':'allocate','network':'10.0.0.0/25','owner':'bob','request':'r1'}",
          "{'op':'allocate','pool':'10.0.0.0/20','hosts':100,'owner':'eve','request':'r1'}"}) {
        BOOST_TEST(plan.ask(other) ==
                   "{'error':'request r1 asked for something else: it got 10.0.0.0/25'}");
    }
    const std::string by_network = "{'op':'allocate','network':'10.0.8.0/24','request':'r2'}";
    BOOST_TEST(plan.ask(by_network) == plan.ask(by_network));
    plan.ask("{'op':'release','network':'10.0.0.0/25'}");
    plan.ask("{'op':'allocate','network':'10.0.0.0/25'}");
    BOOST_TEST(plan.ask(request) != first, "the token goes with its allocation");
    for (const std::string& token : {std::string(), std::string(65, 'x')}) {
        BOOST_TEST(plan.ask("{'op':'allocate','network':'10.0.9.0/24','request':'" + token +
                            "'}") == R"({'error':'\'request\' must have 1 to 64 bytes'})");
    }
}

BOOST_AUTO_TEST_CASE(lists_in_pages) {
    AskedPlan plan = plan_with_a_pool();
    plan.ask("{'op':'add_pool','pool':'11.0.0.0/24'}");
    for (int n = 0; n < 5; ++n) {
        plan.ask("{'op':'allocate','pool':'10.0.0.0/20','prefix':24}");
    }
    plan.ask("{'op':'allocate','pool':'11.0.0.0/24','prefix':24}");
    const auto networks = [&](const std::string& more) {
        std::string text = plan.ask("{'op':'list'" + more + "}");
        Texts found;
        for (std::size_t at = 0; (at = text.find("'network':'", at)) != text.npos;) {
            at += 11;
            found.push_back(text.substr(at, text.find('\'', at) - at));
        }
        found.push_back(text.find("'more':true") != text.npos ? "more" : "all");
        return found;
    };
    BOOST_TEST(networks(",'limit':2") == (Texts{"10.0.0.0/24", "10.0.1.0/24", "more"}));
    BOOST_TEST(networks(",'limit':2,'after':'10.0.1.0/24'") ==
               (Texts{"10.0.2.0/24", "10.0.3.0/24", "more"}));
    BOOST_TEST(networks(",'after':'10.0.4.0/24'") == (Texts{"11.0.0.0/24", "all"}));
    BOOST_TEST(networks(",'after':'11.0.0.0/24'") == (Texts{"all"}));
    BOOST_TEST(networks(",'pool':'10.0.0.0/20','limit':5,'after':'10.0.3.0/24'") ==
               (Texts{"10.0.4.0/24", "all"}));
    BOOST_TEST(networks(",'pool':'11.0.0.0/24','after':'10.0.3.0/24'") ==
               (Texts{"11.0.0.0/24", "all"}));
    BOOST_TEST(plan.ask("{'op':'list','pool':'12.0.0.0/8'}") ==
               "{'error':'12.0.0.0/8 is not a pool'}");
}

BOOST_AUTO_TEST_CASE(changes_can_be_taken_back) {
    AskedPlan plan = plan_with_a_pool();
    plan.ask("{'op':'allocate','pool':'10.0.0.0/20','hosts':100,'owner':'bob','request':'r1'}");
    plan.ask("{'op':'allocate','pool':'10.0.0.0/20','hosts':3}");
    plan.ask("{'op':'release','network':'10.0.0.0/25'}");
    plan.ask("{'op':'add_pool','pool':'11.0.0.0/8'}");
    const auto state = [&] {
        return plan.ask("{'op':'list'}") + plan.ask("{'op':'utilisation','pool':'10.0.0.0/20'}");
    };
    std::vector<Change> changes = plan.changes;
    std::vector<std::string> states;
    Plan again;
    for (const Change& change : changes) {
        again.check(change);
        again.apply(change);
    }
    BOOST_TEST((again.changes() == plan.plan.changes()), "the same changes make the same plan");
    plan.plan.revert(changes.back());
    plan.plan.revert(changes[3]);
    const std::string before = state();
    plan.plan.apply(changes[3]);
    BOOST_TEST(state() != before);
    plan.plan.revert(changes[3]);
    BOOST_TEST(state() == before, "what is taken back is as if it had not been");
    BOOST_TEST(plan.plan.find_token("r1") != nullptr, "its token is back, too");
}

BOOST_AUTO_TEST_CASE(a_plan_agrees_with_counting) {
    Dice dice(7);
    AskedPlan plan;
    plan.ask("{'op':'add_pool','pool':'10.0.0.0/26'}");
    std::vector<Network> used;
    for (int n = 0; n < 3000; ++n) {
        const Network network = random_network(dice, 27);
        const std::string text = to_string(network);
        const bool overlaps = std::ranges::any_of(
            used, [&](const Network& other) { return other.overlaps(network); });
        if (std::erase(used, network) > 0) {
            BOOST_TEST_REQUIRE(
                plan.ask("{'op':'release','network':'" + text + "'}").starts_with("{'result'"));
        } else {
            const std::string response = plan.ask("{'op':'allocate','network':'" + text + "'}");
            BOOST_TEST_REQUIRE(response.starts_with(overlaps ? "{'error'" : "{'result'"), text);
            if (!overlaps) {
                used.push_back(network);
            }
        }
        std::ranges::sort(used);
        BOOST_TEST_REQUIRE((plan.plan.used(Network::parse("10.0.0.0/26")) == used));
    }
}

BOOST_AUTO_TEST_SUITE_END()
