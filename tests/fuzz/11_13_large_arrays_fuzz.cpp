// Recipe 11.13 on whatever comes: what is read as a header keeps every rule, and what is written is
// read back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "11_13_large_arrays/npy.hpp"
#include "common/net/utf8.hpp"

namespace {

using namespace cookbook::large_arrays;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// The product as a long double, whose exponent does not overflow: an estimate is enough.
long double product(const Header& header) {
    long double bytes = static_cast<long double>(header.type.size);
    for (const std::uint64_t size : header.shape) {
        bytes *= static_cast<long double>(size);
    }
    return bytes;
}

void check_size(const Header& header, std::size_t max_bytes) {
    try {
        const std::size_t bytes = size_in_bytes(header, max_bytes);
        require(bytes <= max_bytes && static_cast<long double>(bytes) == product(header));
    } catch (const NpyError&) {
        require(product(header) > static_cast<long double>(max_bytes));
    }
}

void check(const Header& header, std::string_view text) {
    require(text.ends_with('\n') && text.size() <= max_header);
    require(header.shape.size() <= max_dimensions);
    for (const char* key : {"descr", "fortran_order", "shape"}) {
        const auto first = text.find(key);
        require(first != text.npos && text.find(key, first + 1) == text.npos);
    }
    require(text.find(descr(header.type)) != text.npos);
    require(text.find(header.fortran_order ? "True" : "False") != text.npos);
    for (const std::uint64_t size : header.shape) {
        require(text.find(std::to_string(size)) != text.npos);
    }
    check_size(header, std::size_t{1} << 30U);
    check_size(header, std::size_t{1} << 62U);
    const std::string written = write_header(header);
    std::size_t end = 0;
    require(written.size() % 64 == 0);
    require(parse_file_header(std::as_bytes(std::span(written)), end) == header);
    require(end == written.size());
}

}  // namespace

/// The first byte says whether the rest is a text, or a whole file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    try {
        if (data[0] % 2 == 0) {
            const std::string_view text = rest.substr(0, max_header);
            check(parse_header(text), text);
        } else {
            std::size_t end = 0;
            const Header header = parse_file_header(std::as_bytes(std::span(rest)), end);
            require(end <= rest.size());
            const std::size_t preamble = rest[6] == 1 ? 10 : 12;
            check(header, rest.substr(preamble, end - preamble));
        }
    } catch (const NpyError& refused) {
        const std::string_view reason = refused.what();
        require(cookbook::printable(reason) == reason);
        require(reason.size() < 300);
    }
    return 0;
}
