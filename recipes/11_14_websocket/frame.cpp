#include "frame.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace cookbook::websocket {
namespace {

constexpr unsigned final_bit = 0x80;
constexpr unsigned compressed_bit = 0x40;
constexpr unsigned reserved_bits = 0x30;
constexpr unsigned mask_bit = 0x80;

/// The lengths that announce a longer form.
constexpr unsigned two_bytes = 126;
constexpr unsigned eight_bytes = 127;

unsigned byte_at(std::string_view bytes, std::size_t position) {
    return static_cast<unsigned char>(bytes[position]);
}

/// The number that these bytes are, most significant byte first.
std::uint64_t big_endian(std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char byte : bytes) {
        number = number << 8U | static_cast<unsigned char>(byte);
    }
    return number;
}

/// A header that is being written.
class HeaderBytes {
public:
    void add(std::uint64_t byte) { bytes_.at(size_++) = static_cast<char>(byte); }
    void add_big_endian(std::uint64_t number, unsigned size) {
        while (size-- > 0) {
            add(number >> 8U * size & 0xffU);
        }
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

private:
    std::array<char, max_header> bytes_;
    std::size_t size_ = 0;
};

bool is_known(unsigned opcode) {
    return opcode <= 2 || (8 <= opcode && opcode <= 10);
}

/// What the first two bytes alone show.
std::string_view violation_of(unsigned first, unsigned second) {
    // [step 2] Refuse reserved bits and opcodes, and control frames that are long or in fragments.
    const unsigned opcode = first & 0x0fU;
    const unsigned length = second & 0x7fU;
    if ((first & reserved_bits) != 0) {
        return "a reserved bit is set";
    }
    if (!is_known(opcode)) {
        return "a reserved opcode";
    }
    if (is_control(Opcode{static_cast<std::uint8_t>(opcode)})) {
        if ((first & final_bit) == 0) {
            return "a control frame in fragments";
        }
        if (length > max_control_payload) {
            return "a control frame of more than 125 bytes";
        }
    }
    return {};
    // [end]
}

/// Parses the length, whose longer forms take 2 or 8 bytes more. Returns how many bytes it has, the
/// first byte included; 0 if they have not all come.
HeaderResult parse_length(std::string_view bytes, std::uint64_t& length) {
    // [step 2] Read the three forms of a length; each must be the shortest one.
    length = byte_at(bytes, 0) & 0x7fU;
    if (length < two_bytes) {
        return {1};
    }
    const std::size_t more = length == two_bytes ? 2 : 8;
    if (bytes.size() < 1 + more) {
        return {};
    }
    length = big_endian(bytes.substr(1, more));
    if (length < (more == 2 ? two_bytes : 0x10000U)) {
        return {0, "a length that is not in its shortest form"};
    }
    if (length >> 63U != 0) {
        return {0, "a length of 64 bits"};
    }
    return {1 + more};
    // [end]
}

}  // namespace

HeaderResult parse_header(std::string_view bytes, FrameHeader& header) {
    if (bytes.size() < 2) {
        return {};
    }
    const unsigned first = byte_at(bytes, 0);
    const std::string_view violation = violation_of(first, byte_at(bytes, 1));
    if (!violation.empty()) {
        return {0, violation};
    }
    HeaderResult result = parse_length(bytes.substr(1), header.length);
    if (result.size == 0) {
        return result;
    }
    result.size += 1;
    header.is_final = (first & final_bit) != 0;
    header.is_compressed = (first & compressed_bit) != 0;
    header.opcode = Opcode{static_cast<std::uint8_t>(first & 0x0fU)};
    header.mask.reset();
    if ((byte_at(bytes, 1) & mask_bit) != 0) {
        Mask mask;
        if (bytes.size() < result.size + mask.size()) {
            return {};
        }
        std::memcpy(mask.data(), bytes.data() + result.size, mask.size());
        header.mask = mask;
        result.size += mask.size();
    }
    return result;
}

void apply_mask(std::span<char> payload, const Mask& mask, std::uint64_t position) {
    // [step 1] Unmask eight bytes at a time, with the key turned to where the payload goes on.
    std::array<unsigned char, 12> repeated;
    for (std::size_t i = 0; i < repeated.size(); ++i) {
        repeated.at(i) = mask.at(i % mask.size());
    }
    const auto key = std::span(repeated).subspan(position % mask.size());
    std::uint64_t eight = 0;
    std::memcpy(&eight, key.data(), sizeof eight);
    std::size_t done = 0;
    for (; done + sizeof eight <= payload.size(); done += sizeof eight) {
        std::uint64_t word = 0;
        std::memcpy(&word, payload.data() + done, sizeof word);
        word ^= eight;
        std::memcpy(payload.data() + done, &word, sizeof word);
    }
    for (std::size_t i = 0; done < payload.size(); ++done, ++i) {
        payload[done] = static_cast<char>(static_cast<unsigned char>(payload[done]) ^ key[i]);
    }
    // [end]
}

void append_frame(std::string& out, const FrameHeader& header, std::string_view payload) {
    const unsigned mask = header.mask ? mask_bit : 0U;
    HeaderBytes bytes;
    bytes.add((header.is_final ? final_bit : 0U) | (header.is_compressed ? compressed_bit : 0U) |
              static_cast<unsigned>(header.opcode));
    if (payload.size() < two_bytes) {
        bytes.add(mask | payload.size());
    } else if (payload.size() < 0x10000) {
        bytes.add(mask | two_bytes);
        bytes.add_big_endian(payload.size(), 2);
    } else {
        bytes.add(mask | eight_bytes);
        bytes.add_big_endian(payload.size(), 8);
    }
    if (header.mask) {
        std::ranges::for_each(*header.mask, [&](unsigned char byte) { bytes.add(byte); });
    }
    out.append(bytes.view()).append(payload);
    if (header.mask) {
        apply_mask(std::span(out).last(payload.size()), *header.mask);
    }
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
    append_frame(out, FrameHeader{.opcode = opcode}, payload);
}

Mask make_mask() {
    // RAND_bytes() costs more than a small frame: it is asked for many keys at once.
    static thread_local std::array<unsigned char, 256> random;
    static thread_local std::size_t left = 0;
    Mask mask;
    if (left < mask.size()) {
        if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
            throw std::runtime_error("no random bytes");
        }
        left = random.size();
    }
    left -= mask.size();
    std::memcpy(mask.data(), random.data() + left, mask.size());
    return mask;
}

}  // namespace cookbook::websocket
