// The members of a JSON request, each of the type that it must have.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "11_04b_cidr_manager/intervals.hpp"

namespace cookbook::cidr_manager {

/// Reads from an object that outlives it. All throw RequestError that names the member if it is
/// missing or of another type, and ParseError for a text that is no address or network. Scopes are
/// dropped: a plan is about numbers.
class Members {
public:
    explicit Members(const boost::json::object& object);

    [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }

    [[nodiscard]] bool flag(const char* name, bool otherwise) const;
    [[nodiscard]] std::string text(const char* name) const;
    /// A whole number of at most 63 bits and a sign; 5.0 is one, too.
    [[nodiscard]] std::int64_t number(const char* name) const;
    [[nodiscard]] std::int64_t number(const char* name, std::int64_t otherwise) const;
    /// One that is not negative, and not more than an answer has room for.
    [[nodiscard]] std::size_t count(const char* name) const;

    /// Host bits are cleared, unless the request has "strict": true.
    [[nodiscard]] Network network(const char* name) const;
    [[nodiscard]] std::vector<Network> networks(const char* name) const;
    [[nodiscard]] Address address(const char* name) const;
    [[nodiscard]] const boost::json::array& array(const char* name) const;
    [[nodiscard]] HostBits host_bits() const { return host_bits_; }

    /// How large a network `hosts` or `prefix` asks for: its prefix length; one of them is there.
    /// Negative if there is no network for so many hosts.
    [[nodiscard]] int prefix_length(Version version) const;

private:
    [[nodiscard]] const boost::json::value& member(const char* name) const;

    const boost::json::object& object_;
    HostBits host_bits_;
};

/// A number of hosts; throws RequestError if the value is not a whole one, 1 or more.
std::int64_t hosts_of(const boost::json::value& value);

}  // namespace cookbook::cidr_manager
