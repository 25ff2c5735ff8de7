#include "options.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// An option or argument whose text goes to `use`. A ParseError from there is a usage error.
template <typename Value, typename Use>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, const std::string& type,
                        const std::string& description, Use use) {
    const auto use_or_refuse = [name, use](const Value& value) {
        try {
            use(value);
        } catch (const ParseError& error) {
            throw CLI::ValidationError(name, error.message());
        }
    };
    return command.add_option_function<Value>(name, use_or_refuse, description)->type_name(type);
}

}  // namespace

void add_network(CLI::App& command, Network& network) {
    const auto set = [&](const std::string& text) {
        network = Network::parse(text, HostBits::clear);
    };
    add_parsed<std::string>(command, "network", "CIDR", "192.0.2.0/24, 2001:db8::/125", set)
        ->required();
}

void add_networks(CLI::App& command, const std::string& name, std::vector<Network>& networks,
                  const std::string& description, HostBits host_bits) {
    using Texts = std::vector<std::string>;
    const auto append = [&networks, host_bits](const Texts& texts) {
        for (const std::string& text : texts) {
            networks.push_back(Network::parse(text, host_bits));
        }
    };
    add_parsed<Texts>(command, name, "CIDR", description, append);
}

void add_address(CLI::App& command, Address& address) {
    const auto set = [&](const std::string& text) { address = Address::parse(text); };
    add_parsed<std::string>(command, "address", "ADDRESS", "192.0.2.1", set)->required();
}

}  // namespace cookbook::cidr_addresses
