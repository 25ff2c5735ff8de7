// The header of NumPy's .npy format (NEP 1; numpy.lib.format): what an array is, before its
// elements. Pure: no I/O, and nothing is allocated but the header itself.
//
//     \x93NUMPY                                               the magic
//     1 0                                                     the version; 2 0 and 3 0
//     uint16, little-endian; uint32 from version 2 on         how long the rest is
//     {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   blanks, a line feed
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cookbook::large_arrays {

/// A header breaks a rule; what() says which.
class NpyError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What an element is: NumPy's 'b', 'i', 'u' and 'f', and its size in bytes.
struct ElementType {
    char kind = 'f';
    std::size_t size = sizeof(double);
    std::endian order = std::endian::native;  // of a single byte: native

    bool operator==(const ElementType&) const = default;
};

struct Header {
    ElementType type = {};
    bool fortran_order = false;  // the first index changes fastest
    std::vector<std::uint64_t> shape = {};

    bool operator==(const Header&) const = default;
};

inline constexpr std::size_t preamble_size = 8;  // magic and version
inline constexpr std::size_t max_header = 4096;
inline constexpr std::size_t max_dimensions = 32;

/// How many bytes of length follow the preamble. Throws NpyError.
std::size_t length_size(std::span<const std::byte, preamble_size> preamble);

/// How long the text of the header is, by those 2 or 4 bytes. Throws NpyError if it is longer than
/// max_header.
std::size_t text_size(std::span<const std::byte> length);

/// Reads the text. The keys come in any order, once each. Throws NpyError.
Header parse_header(std::string_view text);

/// Reads the header at the beginning of a file's bytes, and sets `end` to where it ends. Throws
/// NpyError.
Header parse_file_header(std::span<const std::byte> file, std::size_t& end);

/// The bytes that all elements have together. No header can make it overflow: throws NpyError if
/// they are more than `max_bytes`.
std::size_t size_in_bytes(const Header& header, std::size_t max_bytes);

/// "<f8", "|u1".
std::string descr(const ElementType& type);
/// The type of a descr. Throws NpyError, with the name, if it is none of b1 i1 u1 i2 i4 i8 u2 u4 u8
/// f4 f8.
ElementType parse_descr(std::string_view name);

/// The whole header, as NumPy writes it: a multiple of 64 bytes.
std::string write_header(const Header& header);

}  // namespace cookbook::large_arrays
