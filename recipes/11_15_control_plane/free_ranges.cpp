#include "free_ranges.hpp"

#include <array>

namespace cookbook::control_plane {
namespace {

Address last_of_all(Version version) {
    return Network(version, 0, 0).broadcast_address();
}

/// The neighbours of an address; the first and the last of all have none on one side.
std::optional<Address> before(const Address& address) {
    return address.bits() == 0 ? std::nullopt
                               : std::optional(Address(address.version(), address.bits() - 1));
}
std::optional<Address> after(const Address& address) {
    return address == last_of_all(address.version())
               ? std::nullopt
               : std::optional(Address(address.version(), address.bits() + 1));
}

}  // namespace

std::vector<Addresses> FreeRanges::select(const std::string& sql,
                                          const rest_api::Values& parameters) {
    constexpr std::array columns = {rest_api::Type::text, rest_api::Type::text};
    std::vector<Addresses> ranges;
    for (const rest_api::Values& row : connection_.select(sql, parameters, columns)) {
        ranges.push_back(
            {from_key(std::get<std::string>(row[0])), from_key(std::get<std::string>(row[1]))});
    }
    return ranges;
}

std::optional<Addresses> FreeRanges::smallest() {
    const auto found =
        select("SELECT first, last FROM free WHERE pool = :1 ORDER BY last LIMIT 1", {pool_});
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::optional<Addresses> FreeRanges::containing(const Address& address) {
    const auto found =
        select("SELECT first, last FROM free WHERE pool = :1 AND last >= :2 ORDER BY last LIMIT 1",
               {pool_, to_key(address)});
    const bool is_free = !found.empty() && found.front().first <= address;
    return is_free ? std::optional(found.front()) : std::nullopt;
}

void FreeRanges::take(const Addresses& from, const Addresses& part) {
    if (from.last == part.last) {
        remove(from);
    } else {
        connection_.execute("UPDATE free SET first = :1 WHERE pool = :2 AND last = :3",
                            {to_key(after(part.last).value()), pool_, to_key(from.last)});
    }
    if (from.first != part.first) {
        add({from.first, before(part.first).value()});
    }
}

void FreeRanges::give_back(const Address& address) {
    Addresses merged = {address, address};
    const Address lowest = before(address).value_or(address);
    for (const Addresses& range :
         select("SELECT first, last FROM free WHERE pool = :1 AND last >= :2 ORDER BY last LIMIT 2",
                {pool_, to_key(lowest)})) {
        if (range.last == before(address)) {
            merged.first = range.first;
            remove(range);
        } else if (range.first == after(address)) {
            merged.last = range.last;
            remove(range);
        }
    }
    add(merged);
}

void FreeRanges::add(const Addresses& range) {
    connection_.execute("INSERT INTO free (pool, first, last) VALUES (:1, :2, :3)",
                        {pool_, to_key(range.first), to_key(range.last)});
}

void FreeRanges::remove(const Addresses& range) {
    connection_.execute("DELETE FROM free WHERE pool = :1 AND last = :2",
                        {pool_, to_key(range.last)});
}

}  // namespace cookbook::control_plane
