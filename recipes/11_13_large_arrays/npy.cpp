#include "npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>
#include <limits>

namespace cookbook::large_arrays {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

unsigned number(std::byte byte) {
    return std::to_integer<unsigned>(byte);
}

std::string shape_text(const std::vector<std::uint64_t>& shape) {
    return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

/// Nothing if there are more than 2^64.
bool count_elements(const Header& header, std::uint64_t& count) {
    // [step 4] Multiply the shape, and notice when the product does not fit.
    count = 1;
    if (std::ranges::find(header.shape, 0U) != header.shape.end()) {
        count = 0;
        return true;
    }
    return std::ranges::none_of(header.shape, [&](std::uint64_t size) {
        return __builtin_mul_overflow(count, size, &count);
    });
    // [end]
}

}  // namespace

std::size_t length_size(std::span<const std::byte, preamble_size> preamble) {
    if (!std::ranges::equal(preamble.first<magic.size()>(), std::as_bytes(std::span(magic)))) {
        throw NpyError("this is no .npy: it does not begin with \\x93NUMPY");
    }
    const unsigned major = number(preamble[magic.size()]);
    const unsigned minor = number(preamble[magic.size() + 1]);
    if (major < 1 || major > 3 || minor != 0) {
        throw NpyError(fmt::format("version {}.{} of .npy is not known", major, minor));
    }
    return major == 1 ? sizeof(std::uint16_t) : sizeof(std::uint32_t);
}

std::size_t text_size(std::span<const std::byte> length) {
    std::size_t size = 0;
    for (std::size_t at = length.size(); at-- > 0;) {
        size = size << 8U | number(length[at]);
    }
    if (size > max_header) {
        throw NpyError(fmt::format("a header of {} bytes: at most {}", size, max_header));
    }
    return size;
}

Header parse_file_header(std::span<const std::byte> file, std::size_t& end) {
    const auto take = [&](std::size_t size) {
        if (file.size() - end < size) {
            throw NpyError(fmt::format("the header is cut short, after {} bytes", file.size()));
        }
        end += size;
        return file.subspan(end - size, size);
    };
    end = 0;
    const std::size_t length = length_size(take(preamble_size).first<preamble_size>());
    const std::span<const std::byte> text = take(text_size(take(length)));
    return parse_header({reinterpret_cast<const char*>(text.data()), text.size()});
}

std::size_t size_in_bytes(const Header& header, std::size_t max_bytes) {
    const auto too_large = [&](std::string_view size) {
        return NpyError(fmt::format("too large: shape {} of {} has {} bytes, the limit is {}",
                                    shape_text(header.shape), descr(header.type), size, max_bytes));
    };
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    if (!count_elements(header, count)) {
        throw too_large("more than 2^64");
    }
    // [step 4] Multiply by the element's size, and compare, before there is any memory.
    if (__builtin_mul_overflow(count, header.type.size, &bytes)) {
        throw too_large("more than 2^64");
    }
    if (bytes > max_bytes) {
        throw too_large(std::to_string(bytes));
    }
    // [end]
    return bytes;
}

std::string descr(const ElementType& type) {
    const char little_or_big = type.order == std::endian::little ? '<' : '>';
    return fmt::format("{}{}{}", type.size == 1 ? '|' : little_or_big, type.kind, type.size);
}

ElementType parse_descr(std::string_view name) {
    constexpr std::array<std::string_view, 11> types = {"b1", "i1", "u1", "i2", "i4", "i8",
                                                        "u2", "u4", "u8", "f4", "f8"};
    for (const std::string_view type : types) {
        for (const auto order : {std::endian::native, std::endian::little, std::endian::big}) {
            const ElementType known{
                .kind = type[0], .size = static_cast<std::size_t>(type[1] - '0'), .order = order};
            if (descr(known) == name) {
                return known;
            }
        }
    }
    throw NpyError(fmt::format("descr '{}' is none of {}{}", name, fmt::join(types, " "),
                               name == "|O" ? ": it stands for pickles" : ""));
}

std::string write_header(const Header& header) {
    constexpr std::size_t alignment = 64;  // so that the elements of a mapped file are aligned
    std::string text =
        fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", descr(header.type),
                    header.fortran_order ? "True" : "False", shape_text(header.shape));
    const std::size_t before = preamble_size + sizeof(std::uint16_t);
    const std::size_t size = before + text.size() + 1;  // with the line feed
    text.append((alignment - size % alignment) % alignment, ' ');
    text += '\n';
    const auto length = boost::endian::native_to_little(static_cast<std::uint16_t>(text.size()));
    std::string whole(magic);
    whole.append({'\1', '\0'});
    whole.append(reinterpret_cast<const char*>(&length), sizeof length);
    return whole + text;
}

}  // namespace cookbook::large_arrays
