// The operations on a plan.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "11_04_cidr_addresses/text/text.hpp"
#include "common/net/utf8.hpp"
#include "members.hpp"
#include "request_error.hpp"
#include "requests.hpp"
#include "results.hpp"

namespace cookbook::cidr_manager {
namespace {

namespace json = boost::json;
using cidr_addresses::to_string;

json::object as_json(const Allocation& allocation) {
    return {{"network", to_string(allocation.network)},
            {"pool", to_string(allocation.pool)},
            {"owner", allocation.owner}};
}

void make(Plan& plan, std::vector<Change>& changes, Change change) {
    plan.check(change);
    plan.apply(change);
    changes.push_back(std::move(change));
}

std::string owner_of(const Members& members) {
    constexpr std::size_t max_owner = 255;
    std::string owner = members.has("owner") ? members.text("owner") : "";
    if (owner.size() > max_owner || printable(owner) != owner) {
        throw RequestError(fmt::format(
            "\"owner\" must have at most {} bytes, none of them a control character", max_owner));
    }
    return owner;
}

std::optional<Token> token_of(const Members& members) {
    constexpr std::size_t max_token = 64;
    if (!members.has("request")) {
        return std::nullopt;
    }
    Token token{.text = members.text("request"), .asked_for = "network"};
    if (token.text.empty() || token.text.size() > max_token) {
        throw RequestError(fmt::format("\"request\" must have 1 to {} bytes", max_token));
    }
    for (const char* name : {"hosts", "prefix"}) {
        if (members.has(name)) {
            token.asked_for = fmt::format("{} {}", name, members.number(name));
        }
    }
    return token;
}

/// What the request asks for; `network` is not chosen yet if it asks for a size.
struct Wish {
    std::optional<Network> network;
    std::optional<Network> pool;
    int prefix_length = 0;
};

Wish wish_of(const Members& members) {
    Wish wish;
    if (members.has("pool")) {
        wish.pool = members.network("pool");
    }
    if (!members.has("network")) {
        wish.prefix_length = members.prefix_length(members.network("pool").version());
    } else if (members.has("hosts") || members.has("prefix")) {
        throw RequestError("\"network\" says all: neither \"hosts\" nor \"prefix\" may be there");
    } else {
        wish.network = members.network("network");
    }
    return wish;
}

/// A request that came before, with this token, asked for the same.
bool is_repeated(const Allocation& allocation, const Wish& wish, const std::string& owner,
                 const Token& token) {
    return allocation.token == token && allocation.owner == owner &&
           (!wish.pool || *wish.pool == allocation.pool) &&
           (!wish.network || *wish.network == allocation.network);
}

Network choose(const Plan& plan, const Network& pool, int prefix_length) {
    const auto network = plan.free_space(pool).find(prefix_length);
    if (!network) {
        const std::string what =
            prefix_length < 0 ? "so many hosts" : fmt::format("/{}", prefix_length);
        throw RequestError(fmt::format("no room for {} in {}", what, to_string(pool)));
    }
    return *network;
}

json::value allocate(Plan& plan, const Members& members, std::vector<Change>& changes) {
    const Wish wish = wish_of(members);
    Allocation allocation{.owner = owner_of(members), .token = token_of(members)};
    if (allocation.token) {
        if (const Allocation* first = plan.find_token(allocation.token->text)) {
            return is_repeated(*first, wish, allocation.owner, *allocation.token)
                       ? as_json(*first)
                       : throw RequestError(fmt::format(
                             "request {} asked for something else: it got {}",
                             as_word(allocation.token->text), to_string(first->network)));
        }
    }
    if (wish.network) {
        allocation.network = *wish.network;
        allocation.pool = wish.pool ? *wish.pool : plan.pool_of(*wish.network);
        plan.check_pool(allocation.pool);
    } else {
        allocation.network = choose(plan, *wish.pool, wish.prefix_length);
        allocation.pool = *wish.pool;
    }
    make(plan, changes, {Change::Kind::allocate, allocation});
    return as_json(allocation);
}

json::value release(Plan& plan, const Members& members, std::vector<Change>& changes) {
    const Network network = members.network("network");
    const Allocation* allocation = plan.find(network);
    const Change change{Change::Kind::release,
                        allocation != nullptr ? *allocation : Allocation{.network = network}};
    make(plan, changes, change);
    return as_json(change.allocation);
}

json::value change_pool(Plan& plan, const Members& members, Change::Kind kind,
                        std::vector<Change>& changes) {
    const Network pool = members.network("pool");
    make(plan, changes, {kind, {.pool = pool}});
    return json::value(to_string(pool));
}

json::value list(const Plan& plan, const Members& members) {
    std::optional<Network> pool;
    if (members.has("pool")) {
        pool = members.network("pool");
        plan.check_pool(*pool);
    }
    const std::size_t limit = members.has("limit") ? members.count("limit") : 1000;
    json::array pools;
    for (const auto& [one, free] : plan.pools()) {
        if (!pool || one == *pool) {
            check_results(pools.size() + 1);
            pools.emplace_back(to_string(one));
        }
    }
    json::array allocations;
    bool more = false;
    const auto& all = plan.allocations();
    auto next = pool ? all.lower_bound(*pool) : all.begin();
    if (members.has("after")) {
        const auto after = all.upper_bound(members.network("after"));
        next =
            next == all.end() || (after != all.end() && after->first < next->first) ? next : after;
    }
    for (; next != all.end() && !more && (!pool || next->first.subnet_of(*pool)); ++next) {
        more = allocations.size() == limit;
        if (!more) {
            allocations.push_back(as_json(next->second));
        }
    }
    return {{"pools", pools}, {"allocations", allocations}, {"more", more}};
}

}  // namespace

json::value consult(Plan& plan, const Request& request, std::vector<Change>& changes) {
    const Members members(request.members);
    const std::string& operation = request.operation;
    if (operation == "add_pool") {
        return change_pool(plan, members, Change::Kind::add_pool, changes);
    }
    if (operation == "remove_pool") {
        return change_pool(plan, members, Change::Kind::remove_pool, changes);
    }
    if (operation == "allocate") {
        return allocate(plan, members, changes);
    }
    if (operation == "release") {
        return release(plan, members, changes);
    }
    if (operation == "list") {
        return list(plan, members);
    }
    const Network pool = members.network("pool");
    const FreeSpace& free = plan.free_space(pool);
    return operation == "find" ? text_or_null(free.find(members.prefix_length(pool.version())))
                               : utilisation(pool, plan.used(pool));
}

}  // namespace cookbook::cidr_manager
