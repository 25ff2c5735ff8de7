// 11.15 Control plane: what a client sends as a request or a query is taken or refused, and what is
// taken keeps the rules; what a pool gives out is what a naive model of small networks says.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_05_rest_interface/parameters.hpp"
#include "11_15_control_plane/queries.hpp"
#include "11_15_control_plane/requests.hpp"

namespace {

using namespace cookbook::control_plane;
using cookbook::cidr_addresses::ParseError;
namespace json = boost::json;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Calls `parse`, which may refuse what it gets, with every mistake named.
template <typename Parse>
void try_to(Parse parse) {
    try {
        parse();
    } catch (const Refused& refusal) {
        require(refusal.kind == "invalid" && !refusal.mistakes.empty());
        for (const Mistake& mistake : refusal.mistakes) {
            require(!mistake.detail.empty());  // the field is "" if that is its name
        }
    }
}

// --- Requests ------------------------------------------------------------------------------------

/// What is taken comes to the same when it is sent as it is shown.
void check_pool(const Pool& pool) {
    require(is_pool_name(pool.name) && pool.cooldown >= 0 && pool.ttl >= 0);
    for (const Range& range : usable_addresses(pool)) {
        const Address last(pool.cidr.version(), range.last);
        require(range.first <= range.last && pool.cidr.contains(last));
        require(from_key(to_key(last)) == last);
    }
    json::object shown = to_json(PoolState{.pool = pool, .size = "0", .held = 0, .free = "0"});
    for (const char* count : {"size", "held", "free"}) {
        shown.erase(count);
    }
    const Pool again = parse_pool(shown);
    require(again.name == pool.name && again.cidr == pool.cidr && again.reserved == pool.reserved);
    require(again.cooldown == pool.cooldown && again.ttl == pool.ttl && again.note == pool.note);
    for (const std::string& text : pool.reserved) {
        require(text.find(',') == text.npos);  // with which the database joins them
    }
}

void parse_requests(std::string_view input) {
    boost::system::error_code error;
    const json::value value = json::parse({input.data(), input.size()}, error);
    if (error || !value.is_object()) {
        return;
    }
    const json::object& members = value.get_object();
    try_to([&] { check_pool(parse_pool(members)); });
    try_to([&] {
        const AllocationRequest request = parse_allocation("p", members);
        require(is_owner(request.owner) && request.count >= 1 && request.count <= 256);
        require(request.ttl.value_or(0) >= 0 && (!request.address || request.count == 1));
        require(!request.address || from_key(to_key(*request.address)) == *request.address);
    });
    try_to([&] {
        const Renewal renewal = parse_renewal(members);
        require(is_owner(renewal.owner) && renewal.ttl.value_or(0) >= 0);
    });
}

void parse_queries(std::string_view input) {
    cookbook::rest_interface::Parameters query;
    if (!cookbook::rest_interface::add_urlencoded(query, input)) {
        return;
    }
    try_to([&] { require(is_owner(parse_owner(query))); });
    try_to([&] { require(parse_lease_query(query).limit >= 1); });
}

// --- Pools ---------------------------------------------------------------------------------------

/// Reads numbers from the front of the input; zeros after its end.
class Numbers {
public:
    explicit Numbers(std::string_view input) : input_(input) {}
    unsigned next() {
        const unsigned number = input_.empty() ? 0 : static_cast<unsigned char>(input_.front());
        input_.remove_prefix(input_.empty() ? 0 : 1);
        return number;
    }

private:
    std::string_view input_;
};

/// One of the 256 addresses around the network; several spellings of a range of them.
struct Small {
    Version version;

    [[nodiscard]] Address address(unsigned number) const {
        const uint128 base =
            version == Version::v4 ? uint128{0xc0000200U} : uint128{0xfe80U} << 112U;
        return {version, base + number};
    }
    [[nodiscard]] std::string text(unsigned first, unsigned last) const {
        return first == last ? to_string(address(first))
                             : to_string(address(first)) + "-" + to_string(address(last));
    }
};

/// All of a network of at most 256 addresses, less what RFCs 919, 3021, 4291 and 6164 keep.
std::set<unsigned> hosts(Version version, unsigned first, unsigned size) {
    std::set<unsigned> all;
    for (unsigned number = first; number < first + size; ++number) {
        all.insert(number);
    }
    if (size > 2) {
        all.erase(first);
        if (version == Version::v4) {
            all.erase(first + size - 1);
        }
    }
    return all;
}

void compare_with_model(std::string_view input) {
    Numbers numbers(input);
    const Small small{numbers.next() % 2 == 0 ? Version::v4 : Version::v6};
    const int host_bits = static_cast<int>(numbers.next() % 9);
    const unsigned size = 1U << static_cast<unsigned>(host_bits);
    const unsigned begin = numbers.next() / size * size;
    const int width = small.version == Version::v4 ? 32 : 128;
    Pool pool{.name = "p", .cidr = Network(small.address(begin), width - host_bits)};
    std::set<unsigned> expected = hosts(small.version, begin, size);
    for (unsigned i = numbers.next() % 8; i > 0; --i) {
        const unsigned one = numbers.next();
        const unsigned other = numbers.next();
        const unsigned first = std::min(one, other);
        const unsigned last = std::max(one, other);
        pool.reserved.push_back(small.text(first, last));
        expected.erase(expected.lower_bound(first), expected.upper_bound(last));
    }
    std::set<unsigned> given;
    for (const auto& [first, last] : usable_addresses(pool)) {
        for (uint128 bits = first; bits <= last; ++bits) {
            given.insert(static_cast<unsigned>(bits - small.address(0).bits()));
        }
    }
    require(given == expected);
}

/// A reserved text is an address, a range or a network of one version only.
void parse_any_reserved(std::string_view input) {
    int versions = 0;
    for (const Version version : {Version::v4, Version::v6}) {
        try {
            const auto [first, last] = parse_reserved(version, input);
            require(first <= last);
            require(from_key(to_key(Address(version, last))).bits() == last);
            ++versions;
        } catch (const ParseError&) {
            continue;  // it is none
        }
    }
    require(versions < 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    parse_requests(input);
    parse_queries(input);
    parse_any_reserved(input);
    compare_with_model(input);
    return 0;
}
