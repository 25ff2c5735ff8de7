#include "queries.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include "common/net/utf8.hpp"
#include "requests.hpp"

namespace cookbook::control_plane {
namespace {

constexpr std::int64_t max_limit = 1000;

void throw_if_any(std::vector<Mistake> mistakes) {
    if (!mistakes.empty()) {
        throw invalid(std::move(mistakes));
    }
}

std::optional<std::int64_t> parse_limit(std::string_view text) {
    std::int64_t limit = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool is_limit = error == std::errc() && end == text.data() + text.size() && limit >= 1 &&
                          limit <= max_limit;
    return is_limit ? std::optional(limit) : std::nullopt;
}

}  // namespace

void check_names(const rest_interface::Parameters& query, std::span<const std::string_view> known) {
    std::vector<Mistake> mistakes;
    std::set<std::string_view> seen;
    for (const auto& [name, value] : query) {
        if (std::ranges::find(known, name) == known.end()) {
            mistakes.push_back({printable(brief(name)), "is not known"});
        } else if (!seen.insert(name).second) {
            mistakes.push_back({name, "is given twice"});
        }
    }
    throw_if_any(std::move(mistakes));
}

std::string parse_owner(const rest_interface::Parameters& query) {
    std::string owner(query.get("owner"));
    if (!is_owner(owner)) {
        throw invalid({{"owner", "must have 1 to 255 characters, and no control character"}});
    }
    return owner;
}

LeaseQuery parse_lease_query(const rest_interface::Parameters& query) {
    std::vector<Mistake> mistakes;
    LeaseQuery wanted{.pool = std::string(query.get("pool")),
                      .owner = std::string(query.get("owner"))};
    if (!wanted.pool.empty() && !is_pool_name(wanted.pool)) {
        mistakes.push_back({"pool", "is no name of a pool"});
    }
    if (!wanted.owner.empty() && !is_owner(wanted.owner)) {
        mistakes.push_back({"owner", "is no name of an owner"});
    }
    if (query.contains("limit")) {
        const auto limit = parse_limit(query.get("limit"));
        wanted.limit = limit.value_or(1);
        if (!limit) {
            mistakes.push_back({"limit", "must be a whole number from 1 to 1000"});
        }
    }
    if (query.contains("after")) {
        wanted.after = Address::try_parse(query.get("after"));
        if (!wanted.after || !wanted.after->scope_id().empty()) {
            mistakes.push_back({"after", "is no address"});
        }
    }
    throw_if_any(std::move(mistakes));
    return wanted;
}

}  // namespace cookbook::control_plane
