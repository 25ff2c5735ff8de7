// What can happen to a plan, and how it is written down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::cidr_manager {

/// A client's token for a request that it may send twice, and what it had asked for: so that the
/// second time it gets the same network, and something else is noticed.
struct Token {
    std::string text;
    std::string asked_for;  // "hosts 100", "prefix 24" or "network"

    friend bool operator==(const Token&, const Token&) = default;
};

/// A network in use.
struct Allocation {
    Network network = {};
    Network pool = {};  // that contains it
    std::string owner = {};
    std::optional<Token> token = {};

    friend bool operator==(const Allocation&, const Allocation&) = default;
};

struct Change {
    enum class Kind : std::uint8_t { add_pool, remove_pool, allocate, release };

    Kind kind = Kind::add_pool;
    Allocation allocation;  // of a pool's own change, only `pool`

    friend bool operator==(const Change&, const Change&) = default;
};

/// A JSON object on one line, without the line feed.
std::string to_record(const Change& change);
/// The reverse. Throws an exception if the text is no such record.
Change to_change(std::string_view record);

}  // namespace cookbook::cidr_manager
