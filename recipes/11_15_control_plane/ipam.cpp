// The methods of the address service, for XML-RPC.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "11_05b_rest_api/idempotency.hpp"
#include "11_06_xml_rpc/json/json.hpp"
#include "members.hpp"
#include "requests.hpp"
#include "rpc.hpp"
#include "store.hpp"

namespace cookbook::control_plane {
namespace {

constexpr std::int64_t max_released = 10'000;  // by one call

using rest_api::DatabaseError;
using xml_rpc::Array;
using xml_rpc::Fault;
using xml_rpc::Struct;
using xml_rpc::Value;

Fault with_status(http::status status, const std::string& text) {
    return {static_cast<std::int64_t>(status), text};
}

/// A method of `object` that throws a fault, with REST's status as its code, for what the store
/// throws.
template <typename Result, typename Object, typename... Arguments>
std::function<Result(Arguments...)> with_faults(Object object,
                                                Result (Object::*method)(Arguments...) const) {
    return [object, method](Arguments... arguments) -> Result {
        try {
            return (object.*method)(std::forward<Arguments>(arguments)...);
        } catch (const Refused& refused) {
            throw with_status(refused.status, refused.what());
        } catch (const DatabaseError& error) {
            throw to_fault(error);
        }
    };
}

// Requests are checked, and results are made, as JSON: once, for REST and for XML-RPC.

boost::json::object to_object(const Struct& members) {
    boost::json::parse_options options;
    options.max_depth = 2 * xml_rpc::ReadLimits().max_depth;  // what has been read is no deeper
    return boost::json::parse(xml_rpc::to_json(members), {}, options).as_object();
}

Struct to_struct(const boost::json::object& object) {
    Value value = xml_rpc::from_json(boost::json::serialize(object));
    return std::move(*value.get_if<Struct>());
}

template <typename Item>
Array to_array(const std::vector<Item>& items) {
    Array structs;
    for (const Item& item : items) {
        structs.emplace_back(to_struct(to_json(item)));
    }
    return structs;
}

Address parse_address(const std::string& text) {
    const boost::json::object object = {{"address", text}};
    Members members(object, {"address"});
    const std::optional<Address> address = members.address("address");
    members.check();
    return *address;
}

/// Takes the Idempotency-Key, which REST has in a field of its own, out of the options.
std::string take_key(Struct& options) {
    const auto found = std::ranges::find(options, "key", &xml_rpc::Member::name);
    if (found == options.end()) {
        return {};
    }
    const auto* text = found->value.get_if<std::string>();
    if (text == nullptr || !rest_api::is_idempotency_key(*text)) {
        throw invalid({{"key", "must have 1 to 255 characters of ASCII"}});
    }
    std::string key = *text;
    options.erase(found);
    return key;
}

/// The methods for one caller, over one connection.
class Ipam {
public:
    Ipam(Connection& connection, const std::string& name, const RpcOptions& options)
        : connection_(connection), name_(name), options_(options) {}

    Array allocate(const std::string& pool, const std::string& owner,
                   std::optional<Struct> given) const {
        check_owner(owner);
        Struct options = std::move(given).value_or(Struct());
        const std::string key = take_key(options);
        if (xml_rpc::find(options, "owner") != nullptr) {
            throw invalid({{"owner", "is an argument of its own"}});
        }
        options.push_back({"owner", owner});
        AllocationRequest request = parse_allocation(pool, to_object(options));
        request.key = key;
        return to_array(control_plane::allocate(connection_, request, unix_time()).leases);
    }
    bool release(const std::string& address, const std::string& owner) const {
        check_owner(owner);
        control_plane::release(connection_, parse_address(address), owner, unix_time());
        return true;
    }
    /// While it works nobody else changes anything, so there is an end to it.
    std::int64_t release_all(const std::string& owner) const {
        check_owner(owner);
        std::int64_t released = 0;
        for (bool more = true; more && released < max_released;) {
            const Released batch = release_some(connection_, owner, unix_time());
            released += batch.count;
            more = batch.more;
        }
        return released;
    }
    Struct renew(const std::string& address, const std::string& owner,
                 std::optional<std::int64_t> ttl) const {
        check_owner(owner);
        boost::json::object members = {{"owner", owner}};
        if (ttl) {
            members["ttl"] = *ttl;
        }
        const Renewal renewal = parse_renewal(members);
        return to_struct(to_json(control_plane::renew(connection_, parse_address(address),
                                                      renewal.owner, renewal.ttl, unix_time())));
    }
    /// Nil if nobody has it.
    std::optional<Struct> lookup(const std::string& address) const {
        const std::optional<Lease> lease = find_lease(connection_, parse_address(address));
        return lease ? std::optional(to_struct(to_json(*lease))) : std::nullopt;
    }
    Array pools() const { return to_array(list_pools(connection_)); }

private:
    /// A certificate is a name, unlike REST's key: it may act for itself only, if that is wanted.
    void check_owner(const std::string& owner) const {
        if (!is_owner(owner)) {
            throw invalid({{"owner", "must have 1 to 255 characters, and no control character"}});
        }
        if (options_.owner_is_cn && owner != name_) {
            throw Refused(http::status::forbidden, "other-owner",
                          "The certificate is for " + name_ + ", not for " + owner + ".");
        }
    }

    Connection& connection_;
    const std::string& name_;
    const RpcOptions& options_;
};

}  // namespace

Fault to_fault(const DatabaseError& error) {
    spdlog::warn("database: {}", error.what());
    return with_status(http::status::service_unavailable, "The database does not answer.");
}

void add_ipam(xml_rpc_service::MethodTable& table, Connection& connection, const std::string& name,
              const RpcOptions& options) {
    const Ipam ipam(connection, name, options);
    table.add(
        "ipam.allocate",
        "Leases addresses out of a pool to an owner: the smallest free one, or what the struct "
        "asks for: ttl, address, count, note, key. An array of leases.",
        with_faults(ipam, &Ipam::allocate));
    table.add("ipam.release", "Ends the lease of an address, its owner's only.",
              with_faults(ipam, &Ipam::release));
    table.add("ipam.releaseAll",
              fmt::format("Ends all leases of an owner, or the first {} of them: how many.",
                          max_released),
              with_faults(ipam, &Ipam::release_all));
    table.add(
        "ipam.renew",
        "Has a lease, its owner's only, end so many seconds from now; without a number, those "
        "of its pool; 0: when it is released.",
        with_faults(ipam, &Ipam::renew));
    table.add("ipam.lookup", "The lease of an address; nil if nobody has it.",
              with_faults(ipam, &Ipam::lookup));
    table.add("ipam.pools", "All pools, and how much of them is held and free.",
              with_faults(ipam, &Ipam::pools));
}

}  // namespace cookbook::control_plane
