// 11.5b REST API on a database: whatever a client sends as a body, a query or a condition, it is
// taken or refused by the rules; and what is taken comes back the same.
#include <boost/json/parse.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_05b_rest_api/admission.hpp"
#include "11_05b_rest_api/etag.hpp"
#include "11_05b_rest_api/paging.hpp"
#include "11_05b_rest_api/rows.hpp"
#include "11_05b_rest_api/validation.hpp"

using namespace cookbook;
using namespace cookbook::rest_api;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// What was taken is a body that is taken, and comes to the same.
void check_values(const Kind& kind, const Values& values) {
    const std::string json = to_json(
        kind, {.id = 1, .version = 1, .created_at = "c", .updated_at = "u", .values = values});
    const auto again = parse_object(kind, json);
    require(std::holds_alternative<Values>(again) && std::get<Values>(again) == values);
}

void check_problem(const BadBody& bad) {
    const http::Response response = problem(bad.status, bad.detail, bad.mistakes);
    require(boost::json::parse(response.data()).is_object());
}

void parse_body(const Kind& kind, std::string_view input) {
    const auto parsed = parse_object(kind, input);
    if (const auto* values = std::get_if<Values>(&parsed)) {
        check_values(kind, *values);
        const auto patched = apply_patch(kind, *values, input);
        require(std::holds_alternative<Values>(patched) || input.find("null") != input.npos);
    } else {
        check_problem(std::get<BadBody>(parsed));
    }
}

void parse_query(const Kind& kind, std::string_view input) {
    Parameters parameters;
    if (!rest_interface::add_urlencoded(parameters, input)) {
        return;
    }
    const auto parsed = parse_list_query(kind, parameters);
    if (const auto* query = std::get_if<ListQuery>(&parsed)) {
        require(offset_of(*query) >= 0);
        require(clauses_of(*query).where.find('\'') == std::string::npos);
        const std::string links = links_of("/x", parameters, *query, 1000);
        http::Response().add(http::field::link, links);  // throws if it breaks the message
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    for (const Kind* kind : kinds()) {
        parse_body(*kind, input);
        parse_query(*kind, input);
    }
    if (if_match_holds(input, 7)) {
        require(is_not_modified(input, 7));  // what is equal strongly is so weakly
    }
    if (const auto id = parse_id(input)) {
        require(std::to_string(*id) == input);
    }
    return 0;
}
