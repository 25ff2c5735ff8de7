// Requests: JSON objects, one a line, and their responses, the same.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "11_04b_cidr_manager/plan.hpp"

namespace cookbook::cidr_manager {

/// A line, taken apart. One that is no request has an error instead.
struct Request {
    /// What it needs: nothing but itself, a look at the plan, or a change of it.
    enum class Kind { calculation, look, change };

    Kind kind = Kind::calculation;
    boost::json::value id;  // null if there is none
    std::string operation;
    boost::json::object members;
    std::string error;
};

Request parse_request(std::string_view line);

/// The response, a line with its line feed: what `compute` returns, or the message of what it
/// throws; the error of a request that has one.
std::string respond(const Request& request,
                    const std::function<boost::json::value(const Request&)>& compute);

/// Computes a calculation; the others throw RequestError, because they need a plan.
boost::json::value calculate(const Request& request);

/// Computes a look or a change. A change is checked, applied to the plan and appended to `changes`:
/// whether it lasts is for the caller to see to. Throws RequestError and ParseError.
boost::json::value consult(Plan& plan, const Request& request, std::vector<Change>& changes);

}  // namespace cookbook::cidr_manager
