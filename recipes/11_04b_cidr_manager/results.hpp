// Networks as JSON, and what a pool's are together.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <span>

#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::cidr_manager {

/// How full `pool` is if `used` are its used networks: overlapping ones count once, and what lies
/// outside does not. Throws RequestError if it has too many free blocks.
boost::json::value utilisation(const Network& pool, std::span<const Network> used);

/// A network as JSON, or null.
boost::json::value text_or_null(const std::optional<Network>& network);

/// Their texts. Throws RequestError if there are too many.
boost::json::array texts_of(std::span<const Network> networks);

}  // namespace cookbook::cidr_manager
