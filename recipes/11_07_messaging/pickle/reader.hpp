// The bytes of a pickle, in the order in which the machine executes them.
#pragma once

#include <boost/endian/conversion.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "machine.hpp"
#include "opcodes.hpp"

namespace cookbook::messaging {

/// Reads the bytes of a pickle one after the other. Throws Refusal if they end too early.
class PickleReader {
public:
    explicit PickleReader(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] std::size_t position() const { return position_; }
    [[nodiscard]] std::size_t left() const { return bytes_.size() - position_; }

    std::string_view take(std::uint64_t size) {
        if (size > left()) {
            throw Refusal("the pickle ends in the middle");
        }
        const std::string_view bytes = bytes_.substr(position_, size);
        position_ += bytes.size();
        return bytes;
    }

    Opcode opcode() { return Opcode{byte()}; }
    std::uint8_t byte() { return static_cast<std::uint8_t>(take(1).front()); }

    template <typename Integer>
    Integer number() {
        return boost::endian::endian_load<Integer, sizeof(Integer), boost::endian::order::little>(
            reinterpret_cast<const unsigned char*>(take(sizeof(Integer)).data()));
    }

    /// As many bytes as the number before them says.
    template <typename Length>
    std::string_view counted() {
        return take(number<Length>());
    }

    std::string_view line() {
        const std::string_view rest = bytes_.substr(position_);
        const std::string_view found = take(rest.substr(0, rest.find('\n')).size());
        take(1);
        return found;
    }

private:
    std::string_view bytes_;
    std::size_t position_ = 0;
};

}  // namespace cookbook::messaging
