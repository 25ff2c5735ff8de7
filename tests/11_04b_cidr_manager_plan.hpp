// A plan, and requests to it, as the tests of 11.4b write them.
#pragma once

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_04b_cidr_manager/requests.hpp"

namespace cookbook::cidr_manager::testing {

using Texts = std::vector<std::string>;

inline std::vector<Network> networks_of(const Texts& texts) {
    std::vector<Network> networks;
    for (const std::string& text : texts) {
        networks.push_back(Network::parse(text, HostBits::clear));
    }
    return networks;
}

inline Texts texts_of_all(const std::vector<Network>& networks) {
    Texts texts;
    for (const Network& network : networks) {
        texts.push_back(to_string(network));
    }
    return texts;
}

/// The line of a request whose quotation marks are written as apostrophes.
inline std::string json_line(std::string text) {
    std::ranges::replace(text, '\'', '"');
    return text;
}

/// What `batch` answers, without its line feed and with apostrophes.
inline std::string with_apostrophes(std::string response) {
    response.pop_back();
    std::ranges::replace(response, '"', '\'');
    return response;
}

inline std::string answer(const std::string& text) {
    return with_apostrophes(respond(parse_request(json_line(text)), calculate));
}

/// A plan that is asked as a server is.
struct AskedPlan {
    std::string ask(const std::string& text) {
        return with_apostrophes(respond(parse_request(json_line(text)), [this](const Request& one) {
            return consult(plan, one, changes);
        }));
    }

    Plan plan;
    std::vector<Change> changes;
};

/// Random, and the same in each run.
class Dice {
public:
    explicit Dice(unsigned seed) : engine_(seed) {}
    int operator()(int first, int last) {
        return std::uniform_int_distribution<int>(first, last)(engine_);
    }

private:
    std::mt19937 engine_;
};

/// A network of 10.0.0.0/26, the small pool in which everything can be counted.
inline Network random_network(Dice& dice, int shortest = 26) {
    const auto bits = static_cast<std::uint32_t>(0x0A000000 + dice(0, 63));
    return {Address::v4(bits), dice(shortest, 32), HostBits::clear};
}

}  // namespace cookbook::cidr_manager::testing
