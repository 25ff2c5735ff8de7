// What can be computed from a request alone, without a plan.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "11_04b_cidr_manager/members.hpp"

namespace cookbook::cidr_manager {

/// The result of one operation; the members are those of its request. Throws RequestError and
/// ParseError.
using Calculation = boost::json::value (*)(const Members&);

/// The calculation of that name, or null.
Calculation find_calculation(std::string_view operation);

}  // namespace cookbook::cidr_manager
