// Recipe 11.13, headers: tables of bytes and values, and the numbers behind them.
#include <array>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "11_13_large_arrays/byte_order.hpp"
#include "11_13_large_arrays/npy.hpp"
#include "11_13_large_arrays/summary.hpp"
#include "11_13_large_arrays_pair.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::large_arrays;
using namespace cookbook::testing;

constexpr auto little = std::endian::little;
constexpr auto big = std::endian::big;

/// A header that is right, and what it says.
struct Right {
    std::string text;
    Header header;
};
const Right right_headers[] = {
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (50000000,), }    \n",
     {{'f', 8, little}, false, {50'000'000}}},
    {"{'descr': '>i2', 'fortran_order': True, 'shape': (3, 4)}\n", {{'i', 2, big}, true, {3, 4}}},
    {"{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", {{'u', 1}, false, {}}},
    {"{'descr': '|b1', 'fortran_order': False, 'shape': (0,), }\n", {{'b', 1}, false, {0}}},
    // Any order, either quote, blanks wherever Python has them, a last comma or none.
    {"{'shape': (2, 3, 4), 'fortran_order': False, 'descr': '<i4'}\n",
     {{'i', 4, little}, false, {2, 3, 4}}},
    {"{\"descr\": \"<u2\", 'fortran_order': False, \"shape\": (1,)}\n",
     {{'u', 2, little}, false, {1}}},
    {"{'descr':'<f4','fortran_order':True,'shape':(7,8,)}\n", {{'f', 4, little}, true, {7, 8}}},
    {" {\n 'descr' :\t'<f8' ,'fortran_order' : False\r\n , 'shape' : ( 5 , ) , } \t \n",
     {{'f', 8, little}, false, {5}}},
    {"{'descr': '<u8', 'fortran_order': False, 'shape': (18446744073709551615,), }\n",
     {{'u', 8, little}, false, {std::numeric_limits<std::uint64_t>::max()}}},
};

/// A header that lies, and what is said of it.
struct Wrong {
    std::string text;
    std::string reason;
};
std::string with_shape(const std::string& shape) {
    return "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n";
}
std::string with_descr(const std::string& descr) {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,), }\n";
}
const Wrong wrong_headers[] = {
    {"", "header: expected '{' before ''"},
    {"\n", "header: expected '{' before ''"},
    {"[]\n", "header: expected '{' before '[]\\x0a'"},
    {"{}\n", "header: key 'descr' is missing"},
    {"{,}\n", "header: a key is no string: ,}\\x0a"},
    {"{'descr': '<f8', 'fortran_order': False}\n", "header: key 'shape' is missing"},
    {"{'descr': '<f8', 'shape': (1,)}\n", "header: key 'fortran_order' is missing"},
    {"{'fortran_order': False, 'shape': (1,)}\n", "header: key 'descr' is missing"},
    {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}\n",
     "header: key 'descr' comes twice"},
    {"{'fortran_order': False, 'descr': '<f8', 'fortran_order': True, 'shape': (1,)}\n",
     "header: key 'fortran_order' comes twice"},
    {"{'shape': (1,), 'shape': (2,), 'descr': '<f8', 'fortran_order': False}\n",
     "header: key 'shape' comes twice"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'extra': 1}\n",
     "header: unknown key 'extra'"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,),, }\n",
     "header: a key is no string: , }\\x0a"},
    {"{'descr' '<f8', 'fortran_order': False, 'shape': (1,)}\n",
     "header: expected ':' before ''<f8', 'fortran_order': False, 'shape': …'"},
    {"{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}\n",
     "header: expected '}' before ''fortran_order': False, 'shape': (1,)}\\x0a'"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,)\n", "header: expected '}' before ''"},
    {"{'descr\": '<f8', 'fortran_order': False, 'shape': (1,)}\n",
     "header: expected ':' before '<f8', 'fortran_order': False, 'shape': (…'"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } x\n",
     "header: 'x\\x0a' follows the dictionary"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }   ",
     "header: no line feed at its end"},
    {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n ",
     "header: no line feed at its end"},
    {"{'descr': '<f8', 'fortran_order': 0, 'shape': (1,), }\n",
     "header: fortran_order is neither True nor False"},
    {"{'descr': '<f8', 'fortran_order': false, 'shape': (1,), }\n",
     "header: fortran_order is neither True nor False"},
    {"{'descr': '<f8', 'fortran_order': Trueish, 'shape': (1,), }\n",
     "header: expected '}' before 'ish, 'shape': (1,), }\\x0a'"},
    // A tuple of decimal numbers.
    {with_shape("5"), "header: expected '(' before '5, }\\x0a'"},
    {with_shape("(5)"), "header: shape is no tuple"},
    {with_shape("[5]"), "header: expected '(' before '[5], }\\x0a'"},
    {with_shape("(,)"), "header: shape has something that is no decimal number"},
    {with_shape("(1,,2)"), "header: shape has something that is no decimal number"},
    {with_shape("(1 2)"), "header: shape is no tuple"},
    {with_shape("(-1,)"), "header: shape has something that is no decimal number"},
    {with_shape("(+1,)"), "header: shape has something that is no decimal number"},
    {with_shape("(1.0,)"), "header: shape is no tuple"},
    {with_shape("(1e3,)"), "header: shape is no tuple"},
    {with_shape("(0x10,)"), "header: shape is no tuple"},
    {with_shape("(1_000,)"), "header: shape is no tuple"},
    {with_shape("(5L,)"), "header: shape is no tuple"},
    {with_shape("(007,)"), "header: shape has something that is no decimal number"},
    {with_shape("(True,)"), "header: shape has something that is no decimal number"},
    {with_shape("(None,)"), "header: shape has something that is no decimal number"},
    {with_shape("((1,),)"), "header: shape has something that is no decimal number"},
    {with_shape("(18446744073709551616,)"), "header: shape has a number of more than 64 bits"},
    {with_shape("(18446744073709551620,)"), "header: shape has a number of more than 64 bits"},
    {with_shape("(99999999999999999999999999999999,)"),
     "header: shape has a number of more than 64 bits"},
    {with_shape("(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, "
                "1, 1, 1, 1, 1, 1)"),
     "header: shape has more than 32 dimensions"},
    // Types that we do not know, by name.
    {with_descr("'|O'"),
     "descr '|O' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8: it stands for "
     "pickles"},
    {with_descr("'<f2'"), "descr '<f2' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<c16'"), "descr '<c16' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<f16'"), "descr '<f16' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<U10'"), "descr '<U10' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'|S5'"), "descr '|S5' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<M8[ns]'"), "descr '<M8[ns]' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'=f8'"), "descr '=f8' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'f8'"), "descr 'f8' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'|f8'"), "descr '|f8' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<u1'"), "descr '<u1' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<f3'"), "descr '<f3' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'<f8 '"), "descr '<f8 ' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("''"), "descr '' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("'\x1b[2J\xff'"),
     "descr '\\x1b[2J\\xff' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
    {with_descr("[('a', '<f8')]"),
     "header: descr is no string: [('a', '<f8')], 'fortran_order': False, …"},
    {with_descr("u'<f8'"), "header: descr is no string: u'<f8', 'fortran_order': False, 'shape':…"},
    {with_descr("'<f8"), "descr '<f8, ' is none of b1 i1 u1 i2 i4 i8 u2 u4 u8 f4 f8"},
};

Header parse_file(const std::string& bytes, std::size_t& end) {
    return parse_file_header(bytes_of(bytes), end);
}

std::string sentence_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const NpyError& failure) {
        return failure.what();
    }
    return "nothing is wrong with it";
}

/// A whole header with that text behind a length field of the version.
std::string whole(int version, const std::string& text) {
    std::string bytes = std::string("\x93NUMPY") + static_cast<char>(version) + '\0';
    for (int at = 0; at < (version == 1 ? 2 : 4); ++at) {
        bytes += static_cast<char>(text.size() >> (8 * at) & 0xffU);
    }
    return bytes + text;
}

const Header doubles = {.shape = {3}};

}  // namespace

BOOST_AUTO_TEST_SUITE(large_arrays)

// --- Step 3: a header that may lie ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_headers_as_python_writes_them) {
    for (const auto& [text, header] : right_headers) {
        std::string wrong;
        try {
            BOOST_TEST((parse_header(text) == header), in_quotes(text) << " is read wrongly");
        } catch (const NpyError& failure) {
            wrong = failure.what();
        }
        BOOST_TEST(wrong.empty(), in_quotes(text) << " is refused: " << wrong);
    }
}

BOOST_AUTO_TEST_CASE(refuses_headers_that_break_a_rule) {
    for (const auto& [text, reason] : wrong_headers) {
        const std::string said = sentence_of([&] { parse_header(text); });
        BOOST_TEST(said == reason, in_quotes(text) << ": '" << said << "', not '" << reason << "'");
    }
}

BOOST_AUTO_TEST_CASE(a_prefix_of_a_header_is_no_header) {
    const std::string text = right_headers[0].text;
    for (std::size_t size = 0; size < text.size(); ++size) {
        BOOST_CHECK_THROW(parse_header(text.substr(0, size)), NpyError);
    }
}

BOOST_AUTO_TEST_CASE(thirty_two_dimensions_are_taken) {
    std::string shape = "(";
    for (int dimension = 0; dimension < 32; ++dimension) {
        shape += "2,";
    }
    BOOST_TEST(parse_header(with_shape(shape + ')')).shape.size() == 32U);
}

BOOST_AUTO_TEST_CASE(reads_every_version_of_the_preamble) {
    for (const int version : {1, 2, 3}) {
        std::size_t end = 0;
        const std::string bytes = whole(version, right_headers[0].text);
        BOOST_TEST((parse_file(bytes + "elements", end) == right_headers[0].header),
                   "version " << version);
        BOOST_TEST(end == bytes.size(), "the elements begin where the header ends");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_npy) {
    const auto refusal = [](const std::string& bytes) {
        std::size_t end = 0;
        return sentence_of([&] { parse_file(bytes, end); });
    };
    const std::string no_npy = "this is no .npy: it does not begin with \\x93NUMPY";
    BOOST_TEST(refusal("<!DOCTYPE html>") == no_npy);
    BOOST_TEST(refusal("\x93NUMPX\x01\x00") == "the header is cut short, after 7 bytes");
    BOOST_TEST(refusal(std::string("\x93NUMPX\x01\x00", 8)) == no_npy);
    BOOST_TEST(refusal(std::string("\x93numpy\x01\x00", 8)) == no_npy);
    BOOST_TEST(refusal(std::string("\x93NUMPY\x00\x00", 8)) == "version 0.0 of .npy is not known");
    BOOST_TEST(refusal("\x93NUMPY\x01\x01") == "version 1.1 of .npy is not known");
    BOOST_TEST(refusal(std::string("\x93NUMPY\x04\x00", 8)) == "version 4.0 of .npy is not known");
    BOOST_TEST(refusal("\x93NUMPY\xff\xff") == "version 255.255 of .npy is not known");
    const std::string text = right_headers[0].text;
    for (const int version : {1, 2, 3}) {
        const std::string bytes = whole(version, text);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            BOOST_TEST(refusal(bytes.substr(0, size)) ==
                       "the header is cut short, after " + std::to_string(size) + " bytes");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_header_has_at_most_4096_bytes) {
    const std::string text = right_headers[0].text;
    const auto of_size = [&](std::size_t size) {
        return text.substr(0, text.size() - 1) + std::string(size - text.size(), ' ') + '\n';
    };
    std::size_t end = 0;
    BOOST_TEST((parse_file(whole(1, of_size(4096)), end) == right_headers[0].header));
    for (const int version : {1, 2}) {
        BOOST_TEST(sentence_of([&] { parse_file(whole(version, of_size(4097)), end); }) ==
                   "a header of 4097 bytes: at most 4096");
    }
    BOOST_TEST(sentence_of([&] {
                   parse_file(std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12), end);
               }) == "a header of 4294967295 bytes: at most 4096");
}

BOOST_AUTO_TEST_CASE(writes_the_header_as_numpy_does) {
    const std::string written = write_header({.shape = {50'000'000}});
    BOOST_TEST(written.size() == 128U);
    BOOST_TEST(to_hex(written.substr(0, 10)) == "93 4e 55 4d 50 59 01 00 76 00");
    BOOST_TEST(written.substr(10) ==
               "{'descr': '<f8', 'fortran_order': False, 'shape': (50000000,), }" +
                   std::string(53, ' ') + '\n');
    for (const auto& [text, header] : right_headers) {
        const std::string bytes = write_header(header);
        std::size_t end = 0;
        BOOST_TEST(bytes.size() % 64 == 0U, "the elements of a mapped file are aligned");
        BOOST_TEST((parse_file(bytes, end) == header), "what is written is read");
        BOOST_TEST(end == bytes.size());
    }
}

// --- Step 4: size before memory ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(multiplies_the_shape) {
    const auto size = [](std::vector<std::uint64_t> shape, ElementType type = {}) {
        return size_in_bytes({.type = type, .shape = std::move(shape)}, 1U << 30U);
    };
    BOOST_TEST(size({}) == 8U, "() is one element");
    BOOST_TEST(size({0}) == 0U);
    BOOST_TEST(size({3}) == 24U);
    BOOST_TEST(size({2, 3, 4}) == 192U);
    BOOST_TEST(size({2, 0, 4}) == 0U, "a 0 is no element");
    BOOST_TEST(size({2, 3}, parse_descr("|b1")) == 6U);
    BOOST_TEST(size({2, 3}, parse_descr(">i2")) == 12U);
    BOOST_TEST(size({1U << 27U}) == 1U << 30U, "exactly the limit");
}

BOOST_AUTO_TEST_CASE(refuses_sizes_that_overflow) {
    constexpr std::uint64_t one = 1;
    const std::vector<std::vector<std::uint64_t>> shapes = {
        {one << 61U},                 // 2^64 bytes: 0 if the product wraps
        {one << 62U},                 // 2^65
        {one << 32U, one << 32U},     // 2^64 elements: 0 if it wraps
        {one << 32U, one << 32U, 4},  //
        {(one << 61U) + 1},           // 8 bytes if it wraps
        {(one << 63U) + 1, 2},        // 2 elements if it wraps
        {5, 3689348814741910324U},    // 4 elements if it wraps
        {std::numeric_limits<std::uint64_t>::max()},
        std::vector<std::uint64_t>(32, 1U << 31U),
    };
    for (const auto& shape : shapes) {
        const std::string said = sentence_of(
            [&] { size_in_bytes({.shape = shape}, std::numeric_limits<std::ptrdiff_t>::max()); });
        BOOST_TEST(said.ends_with("has more than 2^64 bytes, the limit is 9223372036854775807"),
                   "a shape whose product does not fit into 64 bits: " << said);
    }
    BOOST_TEST(size_in_bytes({.shape = {one << 63U, one << 63U, 0}}, 0) == 0U,
               "with a 0 among them there is nothing to overflow");
}

BOOST_AUTO_TEST_CASE(refuses_more_than_the_limit) {
    BOOST_TEST(size_in_bytes(doubles, 24) == 24U);
    BOOST_TEST(sentence_of([] { size_in_bytes(doubles, 23); }) ==
               "too large: shape (3,) of <f8 has 24 bytes, the limit is 23");
    BOOST_TEST(sentence_of([] { size_in_bytes({.shape = {2, 3}}, 47); }) ==
               "too large: shape (2, 3) of <f8 has 48 bytes, the limit is 47");
    BOOST_TEST(sentence_of([] { size_in_bytes({}, 7); }) ==
               "too large: shape () of <f8 has 8 bytes, the limit is 7");
}

// --- The elements --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reverses_the_bytes_of_each_element) {
    for (const std::size_t size : {1U, 2U, 4U, 8U}) {
        for (const std::size_t count : {0U, 1U, 3U, 17U}) {
            std::vector<std::byte> bytes(size * count);
            std::vector<std::byte> expected(size * count);
            for (std::size_t at = 0; at < bytes.size(); ++at) {
                bytes[at] = static_cast<std::byte>(at * 7);
                expected[at / size * size + size - 1 - at % size] = bytes[at];
            }
            reverse_elements(bytes, size);
            BOOST_TEST((bytes == expected), count << " elements of " << size << " bytes");
        }
    }
}

BOOST_AUTO_TEST_CASE(tells_an_array_in_one_line_of_json) {
    const auto summary = [](const Header& header, auto... elements) {
        const std::array array = {elements...};
        const std::string line = summarize(header, std::as_bytes(std::span(array)), 0.5);
        return line.substr(line.find("\"bytes\""),
                           line.find(", \"seconds\"") - line.find("\"bytes\""));
    };
    BOOST_TEST(summarize({.shape = {2, 1}}, bytes_of(text_of(counting(2))), 0.5) ==
               R"({"descr": "<f8", "shape": [2, 1], "fortran_order": false, "bytes": 16, )"
               R"("first": [0.0, 1.0], "seconds": 0.500, "GB/s": 0.00})");
    BOOST_TEST(summarize({.type = {'i', 4, big}, .fortran_order = true}, {}, 0) ==
               R"({"descr": ">i4", "shape": [], "fortran_order": true, "bytes": 0, "first": [], )"
               R"("seconds": 0.000, "GB/s": 0.00})");
    BOOST_TEST(summary({.type = {'u', 8}}, std::numeric_limits<std::uint64_t>::max()) ==
                   R"("bytes": 8, "first": [18446744073709551615])",
               "64-bit integers exactly");
    BOOST_TEST(summary({.type = {'i', 8}}, std::numeric_limits<std::int64_t>::min()) ==
               R"("bytes": 8, "first": [-9223372036854775808])");
    BOOST_TEST(summary({.type = {'i', 1}}, std::int8_t{-128}, std::int8_t{65}) ==
                   R"("bytes": 2, "first": [-128, 65])",
               "a byte is a number, not a character");
    BOOST_TEST(summary({.type = {'u', 1}}, std::uint8_t{255}) == R"("bytes": 1, "first": [255])");
    BOOST_TEST(summary({.type = {'i', 2}}, std::int16_t{-2}) == R"("bytes": 2, "first": [-2])");
    BOOST_TEST(summary({.type = {'u', 2}}, std::uint16_t{65535}) ==
               R"("bytes": 2, "first": [65535])");
    BOOST_TEST(summary({.type = {'i', 4}}, std::int32_t{-3}) == R"("bytes": 4, "first": [-3])");
    BOOST_TEST(summary({.type = {'u', 4}}, std::uint32_t{4294967295U}) ==
               R"("bytes": 4, "first": [4294967295])");
    BOOST_TEST(summary({.type = {'b', 1}}, std::uint8_t{1}, std::uint8_t{0}, std::uint8_t{2}) ==
               R"("bytes": 3, "first": [1, 0, 1])");
    BOOST_TEST(summary({.type = {'f', 4}}, 0.1F, 1e20F) == R"("bytes": 8, "first": [0.1, 1e+20])",
               "the shortest that reads back the same");
    BOOST_TEST(summary({}, 0.1, -0.0, 1e300) == R"("bytes": 24, "first": [0.1, -0.0, 1e+300])");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    BOOST_TEST(summary({}, std::numeric_limits<double>::quiet_NaN(), infinity, -infinity) ==
                   R"("bytes": 24, "first": [null, null, null])",
               "JSON has no such numbers");
    BOOST_TEST(summary({.type = {'u', 1}}, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'x') ==
                   R"("bytes": 11, "first": [48, 49, 50, 51, 52, 53, 54, 55, 56, 57])",
               "ten at most");
}

BOOST_AUTO_TEST_SUITE_END()
