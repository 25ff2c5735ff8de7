// Recipe 11.7, framing and handshake: tables of bytes, as CPython 3.13.0 writes them.
// 11_07_messaging_test_codec.cpp tests the codecs, …_connection.cpp whole connections.
#include <boost/algorithm/hex.hpp>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>

#include "11_07_messaging/wire/handshake.hpp"
#include "11_07_messaging/wire/protocol.hpp"
#include "11_07_messaging_server.hpp"
#include "support/constant_time.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;
using namespace cookbook::testing;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::uint64_t any_size = ~std::uint64_t{0};

/// A header as text: "4+5", "more", or the error.
std::string read_header(std::string_view bytes, std::uint64_t max_size = any_size) {
    const auto header = decode_header(bytes, max_size);
    if (!header) {
        return header.error().message();
    }
    return *header ? std::to_string((*header)->size) + "+" + std::to_string((*header)->message)
                   : "more";
}

std::string unhex(std::string_view digits) {
    std::string bytes;
    boost::algorithm::unhex(digits, std::back_inserter(bytes));
    return bytes;
}

std::string counting_bytes(int count) {
    std::string bytes;
    for (int byte = 0; byte < count; ++byte) {
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

std::string challenge_for(std::string_view digest) {
    return "#CHALLENGE#{" + std::string(digest) + "}" + counting_bytes(40);
}

/// What CPython 3.13's _create_response(b"peekaboo", …) makes of these challenges.
struct Answer {
    std::string_view digest;
    std::string_view mac;
};
constexpr Answer answers[] = {
    {"sha256", "eda328927ea5867e57357e92ff7a849cdfe50b5fecbe9282ff9d63f0fe76b0b6"},
    {"sha384",
     "09d5e8c98ebc2ef5aca36ccd6b94536e933b9949b6e934b5151cbc387df455b7d61ccdd51415b97b7f19e6540356c"
     "f4f"},
    {"sha3_256", "825f36224947040f95f7c50c6b1cf0856f48e19be14410e8061b24f04efb53af"},
    {"sha3_384",
     "bc55a084c3a13534918386127b5fd6c74b3bd1169b35e1223e36feb005d0b823c190062ec313837c099ca002d8731"
     "266"},
    {"md5", "903be2b6bb9f46aae3278c59cba05b91"},
};
const std::string old_challenge = "#CHALLENGE#" + counting_bytes(20);
constexpr std::string_view old_answer = "e0bc5ff5981c5742feca0faaf7408f99";
/// What Python 3.11 answers to the challenge of 3.12: HMAC-MD5 over "{sha256}" and all.
constexpr std::string_view old_answer_to_sha256 = "1fb1434a0c2f752ab5669990343c8975";

std::string error_of(const boost::system::result<std::string>& result) {
    return result ? "none" : result.error().message();
}

/// Of an answer to the challenge for sha256.
boost::system::error_code verdict_on(std::string_view answer, Md5 md5 = Md5::refused) {
    return check_answer(*key, challenge_for("sha256"), answer, md5);
}

std::string message_of(Error error) {
    return make_error_code(error).message();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messaging)

// --- Step 1: framing -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_a_length_in_its_short_form) {
    BOOST_TEST(read_header("\0\0\0\5hello"sv) == "4+5", "00 00 00 05 announces five bytes");
    BOOST_TEST(read_header("\0\0\0\0"sv) == "4+0", "an empty message is a message");
    BOOST_TEST(read_header("\x7f\xff\xff\xff"sv) == "4+2147483647",
               "lengths up to 2^31 - 1 have the short form");
}

BOOST_AUTO_TEST_CASE(reads_a_length_in_its_long_form) {
    BOOST_TEST(read_header("\xff\xff\xff\xff\0\0\0\0\x80\0\0\0"sv) == "12+2147483648",
               "-1 says that the length follows in eight bytes");
    BOOST_TEST(read_header("\xff\xff\xff\xff\0\0\0\0\0\0\0\5"sv) == "12+5",
               "CPython takes the long form for short messages too");
}

BOOST_AUTO_TEST_CASE(waits_for_a_header_that_comes_in_pieces) {
    const auto header = "\xff\xff\xff\xff\0\0\0\0\0\0\0\5"sv;
    for (std::size_t size = 0; size < header.size(); ++size) {
        BOOST_TEST(read_header(header.substr(0, size)) == "more",
                   size << " bytes of a header are no whole header: TCP may bring one byte");
    }
}

BOOST_AUTO_TEST_CASE(refuses_lengths_that_are_negative_or_too_large) {
    for (const std::string_view bytes : {"\xff\xff\xff\xfe"sv, "\x80\0\0\0"sv}) {
        BOOST_TEST(read_header(bytes) == message_of(Error::negative_length),
                   "a length below -1 means nothing: " << to_hex(bytes));
    }
    BOOST_TEST(read_header("\0\0\0\6"sv, 6) == "4+6", "6 bytes are not more than 6");
    for (const std::string_view bytes :
         {"\0\0\0\7"sv, "\x7f\xff\xff\xff"sv, "\xff\xff\xff\xff\0\0\0\1\0\0\0\5"sv,
          "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv}) {
        BOOST_TEST(read_header(bytes, 6) == message_of(Error::too_long),
                   "a message above the limit is refused by its length: " << to_hex(bytes));
    }
}

BOOST_AUTO_TEST_CASE(writes_the_headers_that_it_reads) {
    BOOST_TEST(encode_header(5) == "\0\0\0\5"sv);
    BOOST_TEST(encode_header(0x7fffffff) == "\x7f\xff\xff\xff"sv);
    BOOST_TEST(encode_header(0x80000000) == "\xff\xff\xff\xff\0\0\0\0\x80\0\0\0"sv);
    for (const std::uint64_t size : {0ULL, 1ULL, 16384ULL, 0x7fffffffULL, 0x80000000ULL, ~0ULL}) {
        const std::string header = encode_header(size);
        BOOST_TEST(read_header(header) ==
                   std::to_string(header.size()) + "+" + std::to_string(size));
    }
}

// --- Step 2: answering ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(answers_as_python_does_with_every_digest) {
    for (const Answer& answer : answers) {
        const auto ours = answer_challenge(*key, challenge_for(answer.digest), Md5::allowed);
        BOOST_TEST_REQUIRE(error_of(ours) == "none");
        BOOST_TEST(*ours == "{" + std::string(answer.digest) + "}" + unhex(answer.mac),
                   "the answer to {" << answer.digest << "}… is {" << answer.digest
                                     << "} and the MAC over all that follows #CHALLENGE#");
    }
}

BOOST_AUTO_TEST_CASE(answers_old_pythons_only_when_md5_is_allowed) {
    const auto answer = answer_challenge(*key, old_challenge, Md5::allowed);
    BOOST_TEST_REQUIRE(error_of(answer) == "none");
    BOOST_TEST(*answer == unhex(old_answer), "20 random bytes are answered by the bare HMAC-MD5");
    for (const std::string& challenge : {old_challenge, challenge_for("md5")}) {
        BOOST_TEST(error_of(answer_challenge(*key, challenge, Md5::refused)) ==
                       message_of(Error::md5_only),
                   "a listener must not talk us down to MD5 unless we allow it");
    }
}

BOOST_AUTO_TEST_CASE(answers_nothing_but_challenges) {
    for (const std::string& greeting :
         {"SSH-2.0-OpenSSH_9.2"s, ""s, "#CHALLENGE"s, "#WELCOME#"s, "#CHALLENGE#"s,
          "#CHALLENGE#{sha256}"s, "#CHALLENGE#{sha256}"s + counting_bytes(11)}) {
        BOOST_TEST(error_of(answer_challenge(*key, greeting, Md5::allowed)) ==
                       message_of(Error::no_challenge),
                   "a MAC is for challenges only, not for " << in_quotes(greeting));
    }
    BOOST_TEST(!answer_challenge(*key, "#CHALLENGE#{sha256}" + counting_bytes(13), Md5::refused)
                    .has_error(),
               "20 bytes or more with the digest's name are a challenge");
    for (const std::string& challenge :
         {"#CHALLENGE#{sha256" + counting_bytes(40), challenge_for("sha1"), challenge_for("")}) {
        BOOST_TEST(error_of(answer_challenge(*key, challenge, Md5::allowed)) ==
                       message_of(Error::unknown_digest),
                   "no digest that we know is named in " << in_quotes(challenge));
    }
}

// --- Step 3: checking ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_the_right_answer_in_every_digest) {
    for (const Answer& answer : answers) {
        const std::string text = "{" + std::string(answer.digest) + "}" + unhex(answer.mac);
        const auto verdict = check_answer(*key, challenge_for(answer.digest), text, Md5::allowed);
        BOOST_TEST(!verdict, "Python's own answer with " << answer.digest
                                                         << " was refused: " << verdict.message());
    }
}

BOOST_AUTO_TEST_CASE(refuses_every_other_answer) {
    const std::string right = "{sha256}" + unhex(answers[0].mac);
    BOOST_TEST_REQUIRE(!verdict_on(right));
    for (std::size_t position = 8; position < right.size(); ++position) {
        std::string wrong = right;
        wrong[position] ^= 1;
        BOOST_TEST((verdict_on(wrong) == Error::wrong_answer),
                   "an answer that is wrong in byte " << position << " was accepted");
    }
    for (const std::string& wrong : {right.substr(0, 8), right.substr(0, 39), right + "x"}) {
        BOOST_TEST((verdict_on(wrong) == Error::wrong_answer),
                   "an answer of another length was accepted");
    }
    const Key another("peekabop");
    BOOST_TEST((check_answer(another, challenge_for("sha256"), right, Md5::refused) ==
                Error::wrong_answer),
               "an answer made with another key was accepted");
    BOOST_TEST((check_answer(*key, make_challenge(), right, Md5::refused) == Error::wrong_answer),
               "the answer to another challenge was accepted: it can be replayed");
    BOOST_TEST((verdict_on("", Md5::allowed) == Error::unknown_digest),
               "no answer at all was accepted");
}

BOOST_AUTO_TEST_CASE(compares_in_the_same_time_wherever_answers_differ) {
    const std::string right = "{sha256}" + unhex(answers[0].mac);
    for (const std::size_t position : {std::size_t{8}, right.size() - 1}) {
        std::string wrong = right;
        wrong[position] ^= 1;
        compared_bytes = 0;
        BOOST_TEST((verdict_on(wrong) == Error::wrong_answer));
        BOOST_TEST(compared_bytes == 32U,
                   "the MACs were not compared by CRYPTO_memcmp(): a comparison that ends at the "
                   "first difference tells the peer by its time how much of its guess is right");
    }
}

BOOST_AUTO_TEST_CASE(lets_old_pythons_in_only_when_md5_is_allowed) {
    const std::string old = unhex(old_answer_to_sha256);
    BOOST_TEST(!verdict_on(old, Md5::allowed),
               "Python 3.11 answers with HMAC-MD5 over the prefix too");
    for (const std::string& answer : {old, "{md5}" + old}) {
        BOOST_TEST((verdict_on(answer) == Error::md5_only),
                   "a client must not talk us down to MD5 unless we allow it");
    }
}

BOOST_AUTO_TEST_CASE(never_challenges_twice_with_the_same_bytes) {
    const std::string first = make_challenge();
    BOOST_TEST(first.starts_with("#CHALLENGE#{sha256}"));
    BOOST_TEST(first.size() == 11U + 8 + 40, "CPython challenges with 40 random bytes");
    BOOST_TEST(first != make_challenge(), "a challenge used twice lets an old answer in");
}

BOOST_AUTO_TEST_SUITE_END()
