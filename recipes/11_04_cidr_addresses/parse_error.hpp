// What the parsers throw.
#pragma once

#include <stdexcept>
#include <string>

namespace cookbook::cidr_addresses {

/// Text that is no address, network or interface.
class ParseError : public std::invalid_argument {
public:
    explicit ParseError(const std::string& message)
        : std::invalid_argument(message), message_(message) {}
    /// The words of CPython's ValueError. what() ends at a zero byte, which a scope may have.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

private:
    std::string message_;
};

}  // namespace cookbook::cidr_addresses
