#include "print_mac.hpp"

#include <array>
#include <boost/algorithm/hex.hpp>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <string>
#include <system_error>

#include "common/cli/output.hpp"

namespace cookbook::hmac_auth {

void print_mac(Mac mac) {
    std::array<char, std::size_t{64} * 1024> piece;
    while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), stdin)) {
        mac.update({piece.data(), n});
    }
    if (std::ferror(stdin) != 0) {
        throw std::system_error(errno, std::generic_category(), "read stdin");
    }
    std::string hex;
    boost::algorithm::hex_lower(mac.finish(), std::back_inserter(hex));
    print_line(stdout, hex);
}

}  // namespace cookbook::hmac_auth
