// 11.15 Control plane: changes, the events that tell of them, and what time does. Every case holds
// over both databases.
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_05b_rest_api/database.hpp"
#include "11_05b_rest_api_both_databases.hpp"
#include "11_15_control_plane/event_log.hpp"
#include "11_15_control_plane/schema.hpp"
#include "11_15_control_plane/store.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;
using namespace cookbook::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t now = 1'800'000'000;

cidr_addresses::Address address_of(const std::string& text) {
    return cidr_addresses::Address::parse(text);
}

std::unique_ptr<Connection> open_store(const std::string& url) {
    return rest_api::open_database(url, migrations());
}

Pool pool_of(const std::string& cidr, std::vector<std::string> reserved = {}) {
    return {.name = "p", .cidr = Network::parse(cidr), .reserved = std::move(reserved)};
}

/// A database with the pool "p".
std::unique_ptr<Connection> open_with(const std::string& url, const Pool& pool) {
    auto connection = open_store(url);
    create_pool(*connection, pool, now);
    return connection;
}

AllocationRequest asked_by(const std::string& owner, std::int64_t count = 1) {
    return {.pool = "p", .owner = owner, .count = count};
}
AllocationRequest asked_for(const std::string& address) {
    return {.pool = "p", .owner = "ann", .address = address_of(address)};
}

/// "192.0.2.1 192.0.2.2"
std::string addresses_of(const std::vector<Lease>& leases) {
    std::string text;
    for (const Lease& lease : leases) {
        text += (text.empty() ? "" : " ") + to_string(lease.address);
    }
    return text;
}

std::string take(Connection& connection, const AllocationRequest& request) {
    return addresses_of(allocate(connection, request, now).leases);
}

void give(Connection& connection, const std::string& address, std::int64_t time = now) {
    const cidr_addresses::Address parsed = address_of(address);
    const auto lease = find_lease(connection, parsed);
    BOOST_TEST_REQUIRE(lease.has_value(), address << " has no lease: was it committed?");
    release(connection, parsed, lease->owner, time);
}

/// All that an owner has is given back: how many.
std::int64_t release_all(Connection& connection, const std::string& owner) {
    std::int64_t released = 0;
    for (bool more = true; more;) {
        const Released batch = release_some(connection, owner, now);
        released += batch.count;
        more = batch.more;
    }
    return released;
}

/// The kind and status of a refusal, "held 409"; "" if nothing is refused.
std::string refusal_of(const std::function<void()>& change) {
    try {
        change();
        return "";
    } catch (const Refused& refusal) {
        BOOST_TEST(std::string(refusal.what()).ends_with('.'), refusal.what());
        return std::string(refusal.kind) + " " +
               std::to_string(static_cast<unsigned>(refusal.status));
    }
}

/// "size held free"
std::string counts_of(Connection& connection, const std::string& name = "p") {
    const PoolState state = find_pool(connection, name).value();
    return state.size + " " + std::to_string(state.held) + " " + state.free;
}

/// The free ranges, "192.0.2.1-192.0.2.6".
std::string free_in(Connection& connection) {
    constexpr std::array columns = {rest_api::Type::text, rest_api::Type::text};
    std::string text;
    for (const auto& row :
         connection.select("SELECT first, last FROM free ORDER BY first", {}, columns)) {
        text += (text.empty() ? "" : " ") + to_string(from_key(std::get<std::string>(row[0]))) +
                "-" + to_string(from_key(std::get<std::string>(row[1])));
    }
    return text;
}

/// "1 pool.created; 2 lease.held 192.0.2.1 ann", of those after `since`.
std::string events_since(Connection& connection, std::int64_t since, const std::string& of = {}) {
    std::string text;
    for (const auto& event : read_events(connection, since, of, 1000).events) {
        const boost::json::object body = boost::json::parse(event.body).as_object();
        BOOST_TEST(body.at("seq").as_int64() == event.seq);
        BOOST_TEST(body.at("pool").as_string() == event.pool);
        text += (text.empty() ? "" : "; ") + std::to_string(event.seq) + " " +
                std::string(body.at("event").as_string());
        for (const char* member : {"address", "owner"}) {
            if (const auto* value = body.if_contains(member)) {
                text += " " + std::string(value->as_string());
            }
        }
    }
    return text;
}

/// Runs `work(i)` on a thread each, over a connection of its own; what they throw fails the case.
void run_at_once(int threads, const std::string& url,
                 const std::function<void(Connection&, int)>& work) {
    std::vector<std::thread> running;
    std::vector<std::string> failures(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            try {
                const auto own = open_store(url);
                rest_api::wait_for_writers(*own);
                work(*own, i);
            } catch (const std::exception& error) {
                failures[static_cast<std::size_t>(i)] = error.what();
            }
        });
    }
    for (std::thread& thread : running) {
        thread.join();
    }
    for (const std::string& failure : failures) {
        BOOST_TEST(failure == "", "whoever changes at the same time waits, and does not fail");
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_store)

// --- Allocations ---------------------------------------------------------------------------------

DATABASE_CASE(gives_the_smallest_free_addresses_first) {
    const auto connection = open_with(url, pool_of("192.0.2.0/28", {"192.0.2.1", "192.0.2.4/31"}));
    BOOST_TEST(take(*connection, asked_by("ann")) == "192.0.2.2", "not the network's, nor .1");
    BOOST_TEST(take(*connection, asked_by("bob", 3)) == "192.0.2.3 192.0.2.6 192.0.2.7",
               "what is reserved is left out");
    give(*connection, "192.0.2.3");
    BOOST_TEST(take(*connection, asked_by("eve", 2)) == "192.0.2.3 192.0.2.8");
    BOOST_TEST(counts_of(*connection) == "11 5 6");
    co_return;
}

DATABASE_CASE(a_lease_says_all_that_was_asked_for) {
    Pool pool = pool_of("192.0.2.0/24");
    pool.ttl = 60;
    const auto connection = open_with(url, pool);
    const Allocation made =
        allocate(*connection, {.pool = "p", .owner = "Zo\xc3\xab's host", .note = "rack '7'"}, now);
    BOOST_TEST(!made.is_replayed);
    const Lease lease = find_lease(*connection, address_of("192.0.2.1")).value();
    BOOST_TEST(lease.pool == "p");
    BOOST_TEST(lease.owner == "Zo\xc3\xab's host");
    BOOST_TEST(lease.note == "rack '7'");
    BOOST_TEST(lease.since == now);
    BOOST_TEST(lease.expires == now + 60, "the pool's ttl, if none is given");
    BOOST_TEST(made.leases.at(0).expires == lease.expires, "what is said is what is stored");
    const auto lasting = allocate(*connection, {.pool = "p", .owner = "o", .ttl = 0}, now);
    BOOST_TEST(lasting.leases.at(0).expires == 0, "0: until it is released");
    BOOST_TEST(!find_lease(*connection, address_of("192.0.2.9")).has_value());
    co_return;
}

DATABASE_CASE(gives_all_that_are_asked_for_or_none) {
    const auto connection = open_with(url, pool_of("192.0.2.0/29"));
    BOOST_TEST(take(*connection, asked_by("ann", 4)).ends_with("192.0.2.4"));
    const std::int64_t before = newest_event(*connection);
    BOOST_TEST(refusal_of([&] { take(*connection, asked_by("bob", 3)); }) == "exhausted 409");
    BOOST_TEST(counts_of(*connection) == "6 4 2", "of three two were free, and none is taken");
    BOOST_TEST(newest_event(*connection) == before, "what has not happened has no event");
    BOOST_TEST(take(*connection, asked_by("bob", 2)) == "192.0.2.5 192.0.2.6");
    BOOST_TEST(refusal_of([&] { take(*connection, asked_by("eve")); }) == "exhausted 409");
    BOOST_TEST(newest_event(*connection) == before + 2, "and leaves no gap");
    co_return;
}

DATABASE_CASE(gives_as_many_as_may_be_asked_for_at_once) {
    const auto connection = open_with(url, pool_of("2001:db8::/64"));
    const auto made = allocate(*connection, asked_by("ann", 256), now).leases;
    BOOST_TEST(made.size() == 256U);
    BOOST_TEST(to_string(made.front().address) == "2001:db8::1",
               "not the routers' anycast address");
    BOOST_TEST(to_string(made.back().address) == "2001:db8::100");
    BOOST_TEST(free_in(*connection) == "2001:db8::101-2001:db8::ffff:ffff:ffff:ffff");
    BOOST_TEST(counts_of(*connection) == "18446744073709551615 256 18446744073709551359");
    co_return;
}

DATABASE_CASE(gives_the_address_that_is_asked_for) {
    const auto connection = open_with(url, pool_of("192.0.2.0/29", {"192.0.2.2"}));
    BOOST_TEST(take(*connection, asked_for("192.0.2.5")) == "192.0.2.5");
    BOOST_TEST(free_in(*connection) ==
               "192.0.2.1-192.0.2.1 192.0.2.3-192.0.2.4 192.0.2.6-192.0.2.6");
    BOOST_TEST(take(*connection, asked_for("192.0.2.3")) == "192.0.2.3");
    BOOST_TEST(take(*connection, asked_for("192.0.2.6")) == "192.0.2.6");
    const auto refused = [&](const std::string& address) {
        return refusal_of([&] { take(*connection, asked_for(address)); });
    };
    BOOST_TEST(refused("192.0.2.5") == "held 409");
    BOOST_TEST(refused("192.0.2.2") == "reserved 409");
    BOOST_TEST(refused("192.0.2.0") == "reserved 409", "the network's own address");
    BOOST_TEST(refused("192.0.2.7") == "reserved 409", "the broadcast address");
    BOOST_TEST(refused("192.0.2.8") == "not-in-pool 409");
    BOOST_TEST(refused("::1") == "not-in-pool 409");
    BOOST_TEST(refusal_of([&] { allocate(*connection, {.pool = "q", .owner = "o"}, now); }) ==
               "no-such-pool 404");
    BOOST_TEST(counts_of(*connection) == "5 3 2", "a refusal changes nothing");
    co_return;
}

DATABASE_CASE(pools_of_one_and_two_addresses_give_them_all) {
    for (const auto& [cidr, all] : std::vector<std::pair<std::string, std::string>>{
             {"255.255.255.254/31", "255.255.255.254 255.255.255.255"},
             {"0.0.0.0/32", "0.0.0.0"},
             {"::/127", ":: ::1"},
             {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
              "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}}) {
        const auto connection = open_with(url, pool_of(cidr));
        const std::string free = free_in(*connection);
        const auto count = static_cast<std::int64_t>(all.find(' ') == all.npos ? 1 : 2);
        BOOST_TEST(take(*connection, asked_by("ann", count)) == all);
        BOOST_TEST(refusal_of([&] { take(*connection, asked_by("bob")); }) == "exhausted 409");
        BOOST_TEST(release_all(*connection, "ann") == count);
        BOOST_TEST(free_in(*connection) == free, "the first and the last address have a neighbour");
        delete_pool(*connection, "p", now);
    }
    co_return;
}

DATABASE_CASE(an_address_is_never_given_to_two) {
    const auto connection = open_with(url, pool_of("10.0.0.0/8"));
    constexpr int threads = 8;
    constexpr int rounds = 15;
    std::array<std::vector<std::string>, threads> taken;
    run_at_once(threads, url, [&](Connection& own, int thread) {
        for (int i = 0; i < rounds; ++i) {
            taken.at(static_cast<std::size_t>(thread))
                .push_back(take(own, asked_by(std::to_string(thread))));
        }
    });
    std::set<std::string> different;
    for (const auto& of_thread : taken) {
        different.insert(of_thread.begin(), of_thread.end());
    }
    BOOST_TEST(different.size() == std::size_t{threads * rounds},
               "the same address was given to two who asked at once");
    BOOST_TEST(free_in(*connection) == "10.0.0.121-10.255.255.254", "they are the smallest ones");
    BOOST_TEST(find_pool(*connection, "p").value().held == threads * rounds);
    co_return;
}

DATABASE_CASE(the_last_address_goes_to_one) {
    const auto connection = open_with(url, pool_of("192.0.2.4/32"));
    std::atomic<int> given = 0;
    std::atomic<int> refused = 0;
    run_at_once(4, url, [&](Connection& own, int thread) {
        const auto kind = refusal_of([&] { take(own, asked_by(std::to_string(thread))); });
        ++(kind.empty() ? given : refused);
    });
    BOOST_TEST(given == 1);
    BOOST_TEST(refused == 3);
    co_return;
}

DATABASE_CASE(a_request_that_comes_twice_counts_once) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    AllocationRequest request = asked_by("ann", 2);
    request.key = "k1";
    BOOST_TEST(take(*connection, request) == "192.0.2.1 192.0.2.2");
    const Allocation again = allocate(*connection, request, now + 9);
    BOOST_TEST(again.is_replayed);
    BOOST_TEST(addresses_of(again.leases) == "192.0.2.1 192.0.2.2");
    BOOST_TEST(again.leases[0].since == now, "they are the same leases");
    BOOST_TEST(newest_event(*connection) == 3, "nothing has happened");
    BOOST_TEST(counts_of(*connection) == "254 2 252");
    const auto refused = [&](const std::function<void(AllocationRequest&)>& change) {
        AllocationRequest other = request;
        change(other);
        return refusal_of([&] { allocate(*connection, other, now); });
    };
    const std::string reused = "key-reused 422";
    BOOST_TEST(refused([](auto& other) { other.owner = "bob"; }) == reused,
               "bob would believe that ann's address is his");
    BOOST_TEST(refused([](auto& other) { other.count = 3; }) == reused);
    BOOST_TEST(refused([](auto& other) { other.pool = "q"; }) == reused);
    BOOST_TEST(refused([](auto& other) { other.address = address_of("192.0.2.9"); }) == reused);
    BOOST_TEST(refused([](auto& other) { other.key = "k2"; }) == "",
               "another key, another request");
    BOOST_TEST(take(*connection, asked_by("ann")) == "192.0.2.5", "no key is never used before");
    BOOST_TEST(take(*connection, asked_by("ann")) == "192.0.2.6");
    release_all(*connection, "ann");
    BOOST_TEST(!allocate(*connection, request, now).is_replayed, "its leases are gone");
    co_return;
}

DATABASE_CASE(of_one_request_at_once_one_makes_the_lease) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    std::atomic<int> made = 0;
    run_at_once(4, url, [&](Connection& own, int) {
        AllocationRequest request = asked_by("ann");
        request.key = "the same";
        made += !allocate(own, request, now).is_replayed;
    });
    BOOST_TEST(made == 1);
    BOOST_TEST(counts_of(*connection) == "254 1 253");
    co_return;
}

// --- Release and renewal -------------------------------------------------------------------------

DATABASE_CASE(only_its_owner_releases_and_renews_a_lease) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    const cidr_addresses::Address address = address_of("192.0.2.1");
    BOOST_TEST(refusal_of([&] { release(*connection, address, "ann", now); }) == "not-held 404");
    BOOST_TEST(refusal_of([&] { renew(*connection, address, "ann", 5, now); }) == "not-held 404");
    take(*connection, asked_by("ann"));
    const std::int64_t before = newest_event(*connection);
    BOOST_TEST(refusal_of([&] { release(*connection, address, "bob", now); }) == "other-owner 409",
               "a cleaner takes the address of one who is alive");
    BOOST_TEST(refusal_of([&] { renew(*connection, address, "bob", 5, now); }) ==
               "other-owner 409");
    BOOST_TEST(find_lease(*connection, address).has_value());
    BOOST_TEST(newest_event(*connection) == before);
    release(*connection, address, "ann", now);
    BOOST_TEST(!find_lease(*connection, address).has_value());
    BOOST_TEST(refusal_of([&] { release(*connection, address, "ann", now); }) == "not-held 404",
               "a second release must not free what is free");
    BOOST_TEST(counts_of(*connection) == "254 0 254");
    co_return;
}

DATABASE_CASE(a_renewal_counts_from_now) {
    Pool pool = pool_of("192.0.2.0/24");
    pool.ttl = 60;
    const auto connection = open_with(url, pool);
    take(*connection, asked_by("ann"));
    const cidr_addresses::Address address = address_of("192.0.2.1");
    const auto renewed = [&](std::optional<std::int64_t> ttl) {
        const Lease lease = renew(*connection, address, "ann", ttl, now + 50);
        BOOST_TEST(find_lease(*connection, address).value().expires == lease.expires);
        BOOST_TEST(lease.since == now);
        return lease.expires;
    };
    BOOST_TEST(renewed({}) == now + 110, "the pool's ttl, if none is given");
    BOOST_TEST(renewed(5) == now + 55);
    BOOST_TEST(renewed(0) == 0, "until it is released");
    BOOST_TEST(events_since(*connection, 4) == "5 lease.renewed 192.0.2.1 ann");
    co_return;
}

DATABASE_CASE(what_is_free_is_in_the_fewest_ranges) {
    const auto connection = open_with(url, pool_of("192.0.2.0/29"));
    take(*connection, asked_by("ann", 6));
    BOOST_TEST(free_in(*connection) == "");
    for (const auto& [address, free] : std::vector<std::pair<std::string, std::string>>{
             {"192.0.2.2", "192.0.2.2-192.0.2.2"},
             {"192.0.2.4", "192.0.2.2-192.0.2.2 192.0.2.4-192.0.2.4"},
             {"192.0.2.3", "192.0.2.2-192.0.2.4"},
             {"192.0.2.1", "192.0.2.1-192.0.2.4"},
             {"192.0.2.6", "192.0.2.1-192.0.2.4 192.0.2.6-192.0.2.6"},
             {"192.0.2.5", "192.0.2.1-192.0.2.6"}}) {
        give(*connection, address);
        BOOST_TEST(free_in(*connection) == free,
                   "after " << address << " the ranges are " << free_in(*connection)
                            << ": without merging, the index grows with each release");
    }
    co_return;
}

DATABASE_CASE(all_of_an_owner_is_released_in_batches) {
    const auto connection = open_with(url, pool_of("10.0.0.0/8"));
    for (const std::int64_t count : {250, 250, 20}) {
        take(*connection, asked_by("ann", count));
    }
    take(*connection, asked_by("bob"));
    const std::int64_t before = newest_event(*connection);
    BOOST_TEST(release_some(*connection, "ann", now).more, "others have their turn");
    BOOST_TEST(release_all(*connection, "ann") == 20);
    BOOST_TEST(release_all(*connection, "ann") == 0);
    BOOST_TEST(newest_event(*connection) == before + 520, "each has its event");
    BOOST_TEST(addresses_of(list_leases(*connection, {})) == "10.0.2.9", "bob keeps his");
    BOOST_TEST(free_in(*connection) == "10.0.0.1-10.0.2.8 10.0.2.10-10.255.255.254");
    co_return;
}

// --- What time does ------------------------------------------------------------------------------

DATABASE_CASE(an_address_rests_after_its_release) {
    Pool pool = pool_of("192.0.2.0/29");
    pool.cooldown = 10;
    const auto connection = open_with(url, pool);
    take(*connection, asked_by("ann", 2));
    give(*connection, "192.0.2.1");
    BOOST_TEST(counts_of(*connection) == "6 1 4", "what rests is neither held nor free");
    BOOST_TEST(take(*connection, asked_by("bob")) == "192.0.2.3",
               "the address that was just released still has its neighbours' caches");
    BOOST_TEST(refusal_of([&] { take(*connection, asked_for("192.0.2.1")); }) == "held 409");
    BOOST_TEST(sweep(*connection, 1000, now + 10).rested == 0, "its time is not over yet");
    BOOST_TEST(sweep(*connection, 1000, now + 11).rested == 1);
    BOOST_TEST(counts_of(*connection) == "6 2 4");
    BOOST_TEST(take(*connection, asked_by("bob")) == "192.0.2.1");
    co_return;
}

DATABASE_CASE(a_lease_ends_when_its_time_is_over) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    const auto take_for = [&](std::int64_t ttl) {
        allocate(*connection, {.pool = "p", .owner = "ann", .ttl = ttl}, now);
    };
    take_for(60);
    take_for(0);
    take_for(60);
    renew(*connection, address_of("192.0.2.3"), "ann", 90, now);
    const std::int64_t before = newest_event(*connection);
    BOOST_TEST(sweep(*connection, 1000, now + 60).expired == 0, "never sooner than was promised");
    BOOST_TEST(newest_event(*connection) == before);
    const Swept swept = sweep(*connection, 1000, now + 61);
    BOOST_TEST(swept.expired == 1);
    BOOST_TEST(!swept.more);
    BOOST_TEST(events_since(*connection, before) ==
               std::to_string(before + 1) + " lease.expired 192.0.2.1 ann");
    BOOST_TEST(addresses_of(list_leases(*connection, {})) == "192.0.2.2 192.0.2.3",
               "what was renewed, and what is kept until it is released, stays");
    BOOST_TEST(sweep(*connection, 1000, now + 61).expired == 0, "a second sweeper finds nothing");
    BOOST_TEST(take(*connection, asked_by("bob")) == "192.0.2.1");
    co_return;
}

DATABASE_CASE(a_lease_is_its_owners_until_it_has_been_ended) {
    const auto connection = open_with(url, pool_of("192.0.2.4/32"));
    allocate(*connection, {.pool = "p", .owner = "ann", .ttl = 5}, now);
    const std::int64_t late = now + 99;
    BOOST_TEST(refusal_of([&] { allocate(*connection, asked_by("bob"), late); }) ==
               "exhausted 409");
    BOOST_TEST(renew(*connection, address_of("192.0.2.4"), "ann", 5, late).expires == late + 5);
    BOOST_TEST(sweep(*connection, 1000, late).expired == 0);
    co_return;
}

DATABASE_CASE(many_sweepers_do_no_harm) {
    const auto connection = open_with(url, pool_of("10.0.0.0/8"));
    for (int i = 0; i < 3; ++i) {
        allocate(*connection, {.pool = "p", .owner = "ann", .ttl = 5, .count = 200}, now);
    }
    std::atomic<std::int64_t> expired = 0;
    run_at_once(3, url, [&](Connection& own, int) {
        for (bool more = true; more;) {
            const Swept swept = sweep(own, 100'000, now + 6);
            expired += swept.expired;
            more = swept.more;
        }
    });
    BOOST_TEST(expired == 600);
    BOOST_TEST(newest_event(*connection) == 1 + 600 + 600, "each lease has ended once");
    BOOST_TEST(counts_of(*connection) == "16777214 0 16777214");
    BOOST_TEST(free_in(*connection) == "10.0.0.1-10.255.255.254");
    co_return;
}

// --- Events --------------------------------------------------------------------------------------

DATABASE_CASE(each_change_has_its_event) {
    const auto connection = open_store(url);
    BOOST_TEST(newest_event(*connection) == 0);
    BOOST_TEST(oldest_event(*connection) == 1);
    create_pool(*connection, pool_of("192.0.2.0/24"), now);
    take(*connection, asked_by("ann", 2));
    give(*connection, "192.0.2.2", now + 1);
    release_all(*connection, "ann");
    delete_pool(*connection, "p", now);
    BOOST_TEST(events_since(*connection, 0) ==
               "1 pool.created; 2 lease.held 192.0.2.1 ann; 3 lease.held 192.0.2.2 ann; "
               "4 lease.released 192.0.2.2 ann; 5 lease.released 192.0.2.1 ann; 6 pool.deleted");
    BOOST_TEST(read_events(*connection, 3, "", 1).events.at(0).body ==
               R"({"seq":4,"event":"lease.released","time":1800000001,"pool":"p",)"
               R"("address":"192.0.2.2","owner":"ann"})");
    co_return;
}

DATABASE_CASE(the_log_is_read_on_from_any_number) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    Pool other = pool_of("198.51.100.0/24");
    other.name = "q";
    create_pool(*connection, other, now);
    take(*connection, asked_by("ann", 3));
    allocate(*connection, {.pool = "q", .owner = "bob"}, now);
    const auto batch = [&](std::int64_t since, const std::string& pool, std::int64_t limit) {
        const EventBatch read = read_events(*connection, since, pool, limit);
        std::string text;
        for (const auto& event : read.events) {
            text += std::to_string(event.seq) + " ";
        }
        return text + "up to " + std::to_string(read.seq);
    };
    BOOST_TEST(batch(0, "", 100) == "1 2 3 4 5 6 up to 6");
    BOOST_TEST(batch(2, "", 2) == "3 4 up to 4");
    BOOST_TEST(batch(6, "", 2) == "up to 6");
    BOOST_TEST(batch(0, "q", 100) == "2 6 up to 6");
    BOOST_TEST(batch(0, "q", 1) == "2 up to 2", "what comes after has not been looked at");
    BOOST_TEST(batch(2, "p", 9) == "3 4 5 up to 6", "there is nothing else for the pool");
    co_return;
}

DATABASE_CASE(events_are_numbered_in_the_order_of_commits) {
    const auto connection = open_with(url, pool_of("10.0.0.0/8"));
    constexpr int writers = 4;
    constexpr int rounds = 20;
    constexpr std::int64_t all = 1 + writers * rounds * 3 / 2;  // the pool, then one or two leases
    std::atomic<int> writing = writers;
    run_at_once(writers + 1, url, [&](Connection& own, int thread) {
        if (thread < writers) {
            const std::shared_ptr<void> at_end(nullptr, [&](void*) { --writing; });
            for (int i = 0; i < rounds; ++i) {
                take(own, asked_by("ann", 1 + i % 2));
            }
            return;
        }
        std::int64_t seen = 0;
        for (bool is_over = false; !is_over;) {  // whoever reads on from a number misses none
            const bool has_ended = writing == 0;
            const EventBatch batch = read_events(own, seen, "", 7);
            is_over = has_ended && batch.events.empty();
            for (const auto& event : batch.events) {
                if (event.seq != ++seen) {
                    throw std::runtime_error("event " + std::to_string(event.seq) +
                                             " came before " + std::to_string(seen));
                }
            }
        }
        if (seen != all) {
            throw std::runtime_error("events after " + std::to_string(seen) + " did not come");
        }
    });
    BOOST_TEST(newest_event(*connection) == all);
    co_return;
}

DATABASE_CASE(a_change_waits_for_the_one_before) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    const auto other = open_store(url);
    other->run(other->is_postgresql() ? "SET lock_timeout = 1" : "PRAGMA busy_timeout = 0");
    const auto is_locked_out = [&] {
        try {
            Change(*other, now).commit();
            return false;
        } catch (const rest_api::DatabaseError&) {
            return true;  // it may wait no longer
        }
    };
    {
        const Change change(*connection, now);
        BOOST_TEST(is_locked_out(),
                   "two changes are under way, and both go on from what they read");
    }
    BOOST_TEST(!is_locked_out());
    co_return;
}

DATABASE_CASE(what_is_not_committed_has_not_happened) {
    const auto connection = open_with(url, pool_of("192.0.2.0/24"));
    const auto other = open_store(url);
    {
        Change change(*connection, now);
        change.record("lease.held", "p", "192.0.2.9", "nobody");
        BOOST_TEST(newest_event(*other) == 1, "a number is nobody's before its commit");
        BOOST_TEST(events_since(*other, 1) == "");
    }
    BOOST_TEST(newest_event(*connection) == 1);
    take(*connection, asked_by("ann"));
    BOOST_TEST(events_since(*other, 1) == "2 lease.held 192.0.2.1 ann",
               "the next change has the number that was not used");
    co_return;
}

DATABASE_CASE(old_events_are_forgotten_and_their_numbers_are_not) {
    const auto connection = open_with(url, pool_of("10.0.0.0/8"));
    take(*connection, asked_by("ann", 9));
    BOOST_TEST(sweep(*connection, 10, now).more == false);
    BOOST_TEST(oldest_event(*connection) == 1, "ten are kept");
    sweep(*connection, 4, now);
    BOOST_TEST(oldest_event(*connection) == 7);
    BOOST_TEST(newest_event(*connection) == 10);
    BOOST_TEST(read_events(*connection, 0, "", 100).oldest == 7,
               "whoever reads on from 0 sees that 1 to 6 are missed");
    sweep(*connection, 0, now);
    BOOST_TEST(oldest_event(*connection) == 11, "one more than the newest: none is kept");
    BOOST_TEST(newest_event(*connection) == 10);
    take(*connection, asked_by("ann"));
    BOOST_TEST(events_since(*connection, 0) == "11 lease.held 10.0.0.10 ann",
               "a number comes once, or whoever reads on from 10 sees nothing any more");
    co_return;
}

DATABASE_CASE(forgetting_is_done_in_batches) {
    const auto connection = open_with(url, pool_of("10.0.0.0/8"));
    for (int i = 0; i < 3; ++i) {
        take(*connection, asked_by("ann", 250));
    }
    BOOST_TEST(sweep(*connection, 1, now).more);
    BOOST_TEST(oldest_event(*connection) == 501);
    BOOST_TEST(!sweep(*connection, 1, now).more);
    BOOST_TEST(oldest_event(*connection) == 751);
    co_return;
}

// --- Pools ---------------------------------------------------------------------------------------

DATABASE_CASE(pools_do_not_overlap) {
    const auto connection = open_with(url, pool_of("192.0.2.64/26"));
    const auto refused = [&](const std::string& name, const std::string& cidr) {
        Pool pool = pool_of(cidr);
        pool.name = name;
        return refusal_of([&] { create_pool(*connection, pool, now); });
    };
    BOOST_TEST(refused("p", "10.0.0.0/8") == "exists 409");
    for (const char* cidr : {"192.0.2.64/26", "192.0.2.0/24", "192.0.2.64/32", "192.0.2.127/32",
                             "192.0.2.96/27", "0.0.0.0/0"}) {
        BOOST_TEST(refused("q", cidr) == "overlaps 409", cidr);
    }
    BOOST_TEST(newest_event(*connection) == 1);
    BOOST_TEST(refused("before", "192.0.2.0/26") == "");
    BOOST_TEST(refused("after", "192.0.2.128/25") == "");
    BOOST_TEST(refused("six", "::/0") == "", "of another version");
    BOOST_TEST(refused("seven", "2001:db8::/32") == "overlaps 409");
    co_return;
}

DATABASE_CASE(a_pool_is_what_was_asked_for) {
    const auto connection = open_store(url);
    const Pool pool{.name = "b",
                    .cidr = Network::parse("192.0.2.0/29"),
                    .reserved = {"192.0.2.1", "192.0.2.4-192.0.2.5"},
                    .cooldown = 7,
                    .ttl = 8,
                    .note = "the second"};
    const PoolState made = create_pool(*connection, pool, now);
    create_pool(*connection, {.name = "a", .cidr = Network::parse("::/0")}, now);
    BOOST_TEST(made.pool.note == "the second");
    const auto all = list_pools(*connection);
    BOOST_REQUIRE_EQUAL(all.size(), 2U);
    BOOST_TEST(all[0].pool.name == "a", "by name");
    BOOST_TEST(all[0].size == "340282366920938463463374607431768211455");
    BOOST_TEST(all[0].pool.reserved.empty());
    BOOST_TEST((all[1].pool.reserved == pool.reserved));
    BOOST_TEST(all[1].pool.cooldown == 7);
    BOOST_TEST(all[1].pool.ttl == 8);
    BOOST_TEST((all[1].pool.cidr == pool.cidr));
    BOOST_TEST(counts_of(*connection, "b") == "3 0 3");
    BOOST_TEST(!find_pool(*connection, "c").has_value());
    co_return;
}

DATABASE_CASE(a_pool_is_deleted_when_nothing_is_held) {
    Pool pool = pool_of("192.0.2.0/29");
    pool.cooldown = 1000;
    const auto connection = open_with(url, pool);
    take(*connection, asked_by("ann"));
    BOOST_TEST(refusal_of([&] { delete_pool(*connection, "p", now); }) == "in-use 409");
    BOOST_TEST(refusal_of([&] { delete_pool(*connection, "q", now); }) == "no-such-pool 404");
    give(*connection, "192.0.2.1");
    delete_pool(*connection, "p", now);
    BOOST_TEST(list_pools(*connection).empty());
    pool.cooldown = 0;
    create_pool(*connection, pool, now);
    BOOST_TEST(take(*connection, asked_by("bob")) == "192.0.2.1", "nothing of the old one is left");
    BOOST_TEST(sweep(*connection, 1000, now + 1001).rested == 0);
    co_return;
}

DATABASE_CASE(leases_are_listed_by_address_a_page_at_a_time) {
    const auto connection = open_with(url, pool_of("9.0.0.0/24"));
    create_pool(*connection, {.name = "q", .cidr = Network::parse("10.0.0.0/24")}, now);
    create_pool(*connection, {.name = "six", .cidr = Network::parse("::/64")}, now);
    for (const char* pool : {"six", "q", "p"}) {
        for (const char* owner : {"ann", "bob"}) {
            allocate(*connection, {.pool = pool, .owner = owner}, now);
        }
    }
    const auto listed = [&](const LeaseQuery& query) {
        return addresses_of(list_leases(*connection, query));
    };
    BOOST_TEST(listed({}) == "9.0.0.1 9.0.0.2 10.0.0.1 10.0.0.2 ::1 ::2");
    BOOST_TEST(listed({.limit = 4}) == "9.0.0.1 9.0.0.2 10.0.0.1 10.0.0.2");
    BOOST_TEST(listed({.limit = 4, .after = address_of("10.0.0.2")}) == "::1 ::2");
    BOOST_TEST(listed({.pool = "q"}) == "10.0.0.1 10.0.0.2");
    BOOST_TEST(listed({.owner = "bob"}) == "9.0.0.2 10.0.0.2 ::2");
    BOOST_TEST(listed({.pool = "p", .owner = "bob", .after = address_of("9.0.0.0")}) == "9.0.0.2");
    BOOST_TEST(listed({.owner = "' OR 1=1"}) == "");
    co_return;
}

BOOST_AUTO_TEST_CASE(all_of_it_holds_over_postgresql) {
    run_async_case(rest_api::run_all_over_postgresql, 600s);
}

BOOST_AUTO_TEST_SUITE_END()
