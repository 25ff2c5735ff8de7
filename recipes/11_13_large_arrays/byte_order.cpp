#include "byte_order.hpp"

#include <boost/endian/conversion.hpp>
#include <cstdint>
#include <cstring>

namespace cookbook::large_arrays {
namespace {

/// The compiler makes vector instructions of it, 16 bytes at a time or more; memcpy() is a load and
/// a store.
template <typename Word>
void reverse_words(std::span<std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(Word)) {
        Word word = 0;
        std::memcpy(&word, &bytes[at], sizeof word);
        word = boost::endian::endian_reverse(word);
        std::memcpy(&bytes[at], &word, sizeof word);
    }
}

}  // namespace

void reverse_elements(std::span<std::byte> bytes, std::size_t element_size) {
    switch (element_size) {
        case 2:
            return reverse_words<std::uint16_t>(bytes);
        case 4:
            return reverse_words<std::uint32_t>(bytes);
        case 8:
            return reverse_words<std::uint64_t>(bytes);
        default:
            return;  // a single byte has no order
    }
}

}  // namespace cookbook::large_arrays
