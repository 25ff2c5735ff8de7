// Any bytes as text: what is accepted reads back as the same value, what is refused has a reason,
// and info() writes valid JSON.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "11_04_cidr_addresses/cidr_addresses.hpp"
#include "11_04_cidr_addresses/cpython/info.hpp"
#include "11_04_cidr_addresses/text/parse.hpp"

namespace {

using namespace cookbook::cidr_addresses;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Parsing the text of a parsed value must return an equal value.
template <typename Parse>
void check(std::string_view text, bool accepted, Parse parse) {
    try {
        const auto value = parse(text);
        require(accepted);
        require(parse(to_string(value)) == value);
    } catch (const ParseError& error) {
        require(!accepted && !error.message().empty());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    require(parse_dotted_quad(text) == parse_dotted_quad_branchless(text));
    const bool address = Address::try_parse(text).has_value();
    const bool interface = Interface::try_parse(text).has_value();
    check(text, address, Address::parse);
    check(text, interface, Interface::parse);
    for (const HostBits host_bits : {HostBits::refuse, HostBits::clear}) {
        check(text, Network::try_parse(text, host_bits).has_value(),
              [=](std::string_view t) { return Network::parse(t, host_bits); });
    }
    int versions = 0;
    for (const auto parse : {Address::parse_v4, Address::parse_v6}) {
        try {
            parse(text);
            ++versions;
        } catch (const ParseError& error) {
            require(!error.message().empty());
        }
    }
    require(versions == (address ? 1 : 0));
    for (const auto parse : {Interface::parse_v4, Interface::parse_v6}) {
        try {
            parse(text);
        } catch (const ParseError& error) {
            require(!error.message().empty());
        }
    }
    const std::string line = info(text, HostBits::clear);
    for (const char byte : line) {
        require(byte >= ' ' && byte <= '\x7f');
    }
    boost::json::error_code error;
    boost::json::parse(line, error);
    // A byte that is not UTF-8 becomes a lone surrogate: json.loads() accepts it, Boost.JSON does
    // not.
    require(!error || line.find("\\udc") != line.npos);
    return 0;
}
