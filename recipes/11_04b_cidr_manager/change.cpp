#include "change.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "11_04_cidr_addresses/text/text.hpp"

namespace cookbook::cidr_manager {
namespace {

namespace json = boost::json;

constexpr std::array kind_names = {"add_pool", "remove_pool", "allocate", "release"};

Change::Kind kind_of(std::string_view name) {
    const auto* found = std::ranges::find(kind_names, name);
    if (found == kind_names.end()) {
        throw std::invalid_argument("no such change");
    }
    return static_cast<Change::Kind>(found - kind_names.begin());
}

std::string string_at(const json::object& object, const char* name) {
    return std::string(object.at(name).as_string());
}

}  // namespace

std::string to_record(const Change& change) {
    const auto& [network, pool, owner, token] = change.allocation;
    json::object record{{"op", kind_names[static_cast<std::size_t>(change.kind)]},
                        {"pool", to_string(pool)}};
    const bool has_network =
        change.kind == Change::Kind::allocate || change.kind == Change::Kind::release;
    if (has_network) {
        record["network"] = to_string(network);
        record["owner"] = owner;
    }
    if (has_network && token) {
        record["request"] = token->text;
        record["for"] = token->asked_for;
    }
    return json::serialize(record);
}

Change to_change(std::string_view record) {
    const json::value value = json::parse(record);
    const json::object& object = value.as_object();
    Change change{.kind = kind_of(string_at(object, "op")),
                  .allocation = {.pool = Network::parse(string_at(object, "pool"))}};
    if (object.contains("network")) {
        change.allocation.network = Network::parse(string_at(object, "network"));
        change.allocation.owner = string_at(object, "owner");
    }
    if (object.contains("request")) {
        change.allocation.token = {string_at(object, "request"), string_at(object, "for")};
    }
    return change;
}

}  // namespace cookbook::cidr_manager
