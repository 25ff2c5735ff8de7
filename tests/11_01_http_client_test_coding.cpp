// Recipe 11.1, content codings: undone however they come, within a limit, checked to the end.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "11_01_http_client/wire/content_coding.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::http_client;
using cookbook::testing::bytes;
using cookbook::testing::in_quotes;
using namespace std::string_literals;

using Codings = std::vector<std::string_view>;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();
const std::string hello = "hello, network\n";

/// What CPython 3.11's gzip makes of it.
const std::string python_gzip =
    bytes({0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48,
           0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0xc8, 0x4b, 0x2d, 0x29, 0xcf, 0x2f, 0xca,
           0xe6, 0x02, 0x00, 0x32, 0x88, 0xf5, 0x6a, 0x0f, 0x00, 0x00, 0x00});

/// A body decoded, or the reason why not, in brackets.
struct Decoded {
    std::string data;
    std::string failure;
    std::size_t max_piece = 0;
};

Decoded failed(Decoded decoded, const boost::system::error_code& error) {
    decoded.failure = error.message();
    return decoded;
}

/// Decodes a body that comes in segments of so many bytes.
Decoded decode(std::string_view body, const Codings& codings, std::uint64_t max_size = no_limit,
               std::size_t segment = std::string_view::npos) {
    Decoded decoded;
    auto decoder = ContentDecoder::make(codings, max_size);
    if (!decoder) {
        return failed(decoded, decoder.error());
    }
    while (!body.empty()) {
        decoder->push(body.substr(0, segment));
        body.remove_prefix(std::min(segment, body.size()));
        for (;;) {
            const auto piece = decoder->take();
            if (!piece) {
                return failed(decoded, piece.error());
            }
            if (piece->empty()) {
                break;
            }
            decoded.data += *piece;
            decoded.max_piece = std::max(decoded.max_piece, piece->size());
        }
    }
    const auto finished = decoder->finish();
    return finished ? decoded : failed(decoded, finished.error());
}

void expect_decoded(std::string_view body, const Codings& codings, std::string_view expected,
                    std::string_view rule) {
    for (const std::size_t segment : {std::string_view::npos, std::size_t{1}, std::size_t{7}}) {
        const Decoded decoded = decode(body, codings, no_limit, segment);
        BOOST_TEST((decoded.failure.empty() && decoded.data == expected),
                   rule << ": a body of " << body.size() << " bytes in segments of "
                        << std::min(segment, body.size()) << " became " << in_quotes(decoded.data)
                        << " " << decoded.failure);
    }
}

void expect_refusal(std::string_view body, const Codings& codings, Error reason,
                    std::string_view rule, std::uint64_t max_size = no_limit) {
    const std::string expected = make_error_code(reason).message();
    for (const std::size_t segment : {std::string_view::npos, std::size_t{1}}) {
        if (segment == 1 && body.size() > 10'000) {
            continue;
        }
        const Decoded decoded = decode(body, codings, max_size, segment);
        BOOST_TEST(decoded.failure == expected, rule);
    }
}

std::string gzip(std::string_view data) {
    return deflate(data, Wrapping::gzip);
}

std::string zlib(std::string_view data) {
    return deflate(data, Wrapping::deflate);
}

/// Without zlib's two bytes before and its checksum behind.
std::string bare(std::string_view data) {
    const std::string wrapped = zlib(data);
    return wrapped.substr(2, wrapped.size() - 6);
}

/// Text that does not become much smaller.
std::string noise(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    std::ranges::generate(text, [&state] {
        state = state * 1664525U + 1013904223U;
        return static_cast<char>(state >> 24U);
    });
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_coding)

BOOST_AUTO_TEST_CASE(undoes_each_coding) {
    expect_decoded(python_gzip, {"gzip"}, hello, "gzip as CPython writes it");
    expect_decoded(gzip(hello), {"x-gzip"}, hello, "x-gzip is gzip's old name");
    expect_decoded(gzip(hello), {"GZip"}, hello, "the names of codings have no case");
    expect_decoded(zlib(hello), {"deflate"}, hello, "deflate is zlib's format");
    expect_decoded(bare(hello), {"deflate"}, hello, "some servers send deflate without its header");
    expect_decoded(bytes({0x03, 0x00}), {"deflate"}, "", "no data, deflated, are two bytes");
    expect_decoded(hello, {}, hello, "no coding is identity");
    expect_decoded(hello, {"identity"}, hello, "identity changes nothing");
    expect_decoded(hello, {"", " , "}, hello, "an empty element of a list is none");
}

BOOST_AUTO_TEST_CASE(undoes_several_codings_from_the_last_to_the_first) {
    expect_decoded(zlib(gzip(hello)), {"gzip, deflate"}, hello, "gzip was applied first");
    expect_decoded(zlib(gzip(hello)), {"gzip", "deflate"}, hello, "two fields are one list");
    expect_decoded(gzip(bare(hello)), {"deflate ,\tidentity, gzip,"}, hello, "deflate was first");
    const std::string five = gzip(zlib(gzip(zlib(gzip(hello)))));
    expect_decoded(five, {"gzip,deflate,gzip,deflate,gzip"}, hello, "five are allowed");
    expect_refusal(gzip(five), {"gzip,deflate,gzip,deflate,gzip,gzip"}, Error::too_many_codings,
                   "six are too many: each costs memory and time");
    expect_refusal(zlib(gzip(hello)), {"deflate, gzip"}, Error::bad_coding, "the wrong way round");
    expect_refusal(hello, {"br"}, Error::unknown_coding, "a coding that was not asked for");
    expect_refusal(gzip(hello), {"gzip", "gzipx"}, Error::unknown_coding, "a name that begins so");
}

BOOST_AUTO_TEST_CASE(undoes_large_bodies_in_pieces) {
    for (const std::string& data : {noise(300'000), std::string(10'000'000, 'x')}) {
        const Decoded decoded = decode(zlib(gzip(data)), {"gzip, deflate"}, data.size(), 10'000);
        BOOST_TEST(decoded.failure == "");
        BOOST_TEST((decoded.data == data), "what comes out is not what went in");
        BOOST_TEST(decoded.max_piece <= Inflater::max_piece, "64 KiB at a time");
    }
}

BOOST_AUTO_TEST_CASE(an_empty_body_of_any_coding_is_empty) {
    for (const std::string_view coding : {"gzip", "deflate", "identity", "gzip, deflate, gzip"}) {
        const Decoded decoded = decode("", {coding});
        BOOST_TEST((decoded.failure.empty() && decoded.data.empty()),
                   "responses to HEAD, and some others, name a coding and have no body");
    }
    expect_decoded(gzip(""), {"gzip"}, "", "nothing, coded");
    expect_decoded(zlib(gzip("")), {"gzip, deflate"}, "", "nothing, coded twice");
    expect_decoded(gzip(""), {"gzip, gzip"}, "", "nothing, coded once and said to be coded twice");
}

BOOST_AUTO_TEST_CASE(reads_one_gzip_member_after_the_other) {
    expect_decoded(gzip("a") + gzip("") + gzip("b"), {"gzip"}, "ab", "RFC 1952, 2.2");
    expect_refusal(gzip("a") + "b", {"gzip"}, Error::bad_coding, "a letter is no member");
    expect_refusal(gzip("a") + "\0"s, {"gzip"}, Error::bad_coding, "a NUL is no member");
    expect_refusal(gzip("a") + gzip("b").substr(0, 5), {"gzip"}, Error::bad_coding,
                   "half a member");
    expect_refusal(zlib("a") + zlib("b"), {"deflate"}, Error::bad_coding, "deflate has no members");
    expect_refusal(bare("a") + "b", {"deflate"}, Error::bad_coding, "a byte behind the end");
}

BOOST_AUTO_TEST_CASE(a_coded_body_has_an_end) {
    for (const auto& [body, coding] : std::vector<std::pair<std::string, std::string_view>>{
             {gzip(hello), "gzip"}, {zlib(hello), "deflate"}, {bare(hello), "deflate"}}) {
        for (std::size_t size = 1; size < body.size(); ++size) {
            expect_refusal(std::string_view(body).substr(0, size), {coding}, Error::bad_coding,
                           "a body that was cut short passes for a whole one");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_coded_body_is_checked) {
    for (const auto& [body, coding, checksum] :
         std::vector<std::tuple<std::string, std::string_view, std::size_t>>{
             {gzip(hello), "gzip", 8}, {zlib(hello), "deflate", 4}}) {
        for (std::size_t i = body.size() - checksum; i < body.size(); ++i) {
            std::string spoilt = body;
            spoilt[i] = static_cast<char>(spoilt[i] ^ 1);
            expect_refusal(spoilt, {coding}, Error::bad_coding,
                           "checksum and length say that these are not the data");
        }
    }
    expect_refusal("hello", {"gzip"}, Error::bad_coding, "text is not gzip's");
    expect_refusal("hello", {"deflate"}, Error::bad_coding, "text is not zlib's");
    expect_refusal(bytes({0x78, 0xbb, 0x06, 0x2c, 0x02, 0x15, 0xcb, 0x00, 0x11, 0x3a, 0x0a, 0x79,
                          0xa9, 0x25, 0xe5, 0xf9, 0x45, 0xd9, 0x5c, 0x00, 0x2d, 0x06, 0x05, 0x75}),
                   {"deflate"}, Error::bad_coding, "data that take a dictionary nobody has");
}

BOOST_AUTO_TEST_CASE(inflates_no_further_than_its_limit) {
    const std::string data(100'000, 'x');
    for (const Codings& codings : {Codings{"gzip"}, Codings{"deflate"}, Codings{}}) {
        const std::string body = codings.empty()        ? data
                                 : codings[0] == "gzip" ? gzip(data)
                                                        : zlib(data);
        BOOST_TEST(decode(body, codings, data.size()).data.size() == data.size(),
                   "a body of just the size allowed is allowed");
        expect_refusal(body, codings, Error::body_too_large, "one byte more than allowed",
                       data.size() - 1);
        expect_refusal(body, codings, Error::body_too_large, "nothing is allowed", 0);
    }
    BOOST_TEST(decode(gzip(""), {"gzip"}, 0).failure == "", "nothing is allowed, nothing came");
    const std::string bomb = gzip(std::string(50'000'000, '\0'));
    BOOST_TEST(bomb.size() < 60'000U);
    const Decoded decoded = decode(bomb, {"gzip"}, 1'000'000);
    BOOST_TEST(decoded.failure == make_error_code(Error::body_too_large).message());
    BOOST_TEST(decoded.data.size() <= 1'000'000U, "more was inflated than is allowed");
}

BOOST_AUTO_TEST_CASE(a_bomb_within_a_bomb_has_a_limit_too) {
    const std::string member = gzip("");
    std::string members;
    for (int i = 0; i < 50'000; ++i) {
        members += member;
    }
    expect_refusal(gzip(members), {"gzip, gzip"}, Error::body_too_large,
                   "a megabyte of empty members on the way to a body of nothing", 1000);
    BOOST_TEST(decode(gzip(gzip(noise(1000))), {"gzip, gzip"}, 1000).failure == "",
               "what was coded twice is a little larger on the way");
}

BOOST_AUTO_TEST_SUITE_END()
