// Recipe 11.7: framing, handshake and pickle as tables of bytes, as CPython 3.13.0 writes them;
// then whole connections over loopback and UNIX sockets.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "11_07_messaging/echo.hpp"
#include "11_07_messaging/handshake.hpp"
#include "11_07_messaging/json.hpp"
#include "11_07_messaging/listener.hpp"
#include "11_07_messaging/pickle.hpp"
#include "11_07_messaging/protocol.hpp"
#include "11_07_messaging_server.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;
using namespace cookbook::testing;
using namespace std::string_literals;
using namespace std::string_view_literals;

// --- Framing
// --------------------------------------------------------------------------------------

constexpr std::uint64_t any_size = ~std::uint64_t{0};

/// A header as text: "4+5", "more", or the error.
std::string read_header(std::string_view bytes, std::uint64_t most = any_size) {
    const auto header = decode_header(bytes, most);
    if (!header) {
        return header.error().message();
    }
    return *header ? std::to_string((*header)->size) + "+" + std::to_string((*header)->message)
                   : "more";
}

// --- Handshake
// ------------------------------------------------------------------------------------

std::string unhex(std::string_view digits) {
    return from_json(R"({"bytes": ")" + std::string(digits) + R"("})").as<Bytes>().data;
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

std::string message_of(Error error) {
    return make_error_code(error).message();
}

// --- Pickle
// ---------------------------------------------------------------------------------------

std::string refusal_of(std::string_view pickle, std::size_t memory = default_pickle_memory) {
    try {
        from_pickle(pickle, memory);
        return "taken";
    } catch (const PickleError& refusal) {
        return refusal.what();
    }
}

std::string json_of(std::string_view pickle) {
    return to_json(from_pickle(pickle));
}

void expect_refusal(const std::string& program, std::string_view reason) {
    const std::string refusal = refusal_of("\x80\x04" + program);
    BOOST_TEST(refusal.find(reason) != std::string::npos,
               "the pickle " << in_quotes(program) << " was not refused because of '" << reason
                             << "', but: " << refusal);
}

/// `depth` lists, each in the other.
std::string nested_lists(std::size_t depth) {
    return "\x80\x04" + std::string(depth, ']') + std::string(depth - 1, 'a') + ".";
}

/// A list of ten, of which each is the list of ten before: 10^depth when written out.
std::string bomb(int depth) {
    std::string program = "\x80\x04]\x94";  // the memo keeps it
    for (int level = 0; level < depth; ++level) {
        program += "0](";
        for (int reference = 0; reference < 10; ++reference) {
            program += "h"s + static_cast<char>(level);
        }
        program += "e\x94";
    }
    return program + ".";
}

// --- Connections
// ----------------------------------------------------------------------------------

std::string frame(std::string_view message) {
    return encode_header(message.size()) + std::string(message);
}

/// A peer whose every byte the test chooses.
asio::awaitable<std::string> receive_frame(tcp::socket& socket) {
    const std::string header = co_await receive(socket, 4);
    co_return co_await receive(socket, static_cast<unsigned char>(header[3]));
}

/// Goes through the handshake as a client that does it right.
asio::awaitable<tcp::socket> authenticated_socket(tcp::endpoint server) {
    tcp::socket socket = co_await connect_to(server);
    const std::string challenge = co_await receive_frame(socket);
    co_await send_all(socket, frame(answer_challenge(*key, challenge, Md5::refused).value()));
    co_await expect(socket, frame(welcome), "a client that knows the key is welcome");
    const std::string ours = make_challenge();
    co_await send_all(socket, frame(ours));
    const std::string answer = co_await receive_frame(socket);
    BOOST_TEST(!check_answer(*key, ours, answer, Md5::refused),
               "the listener's answer to the client's challenge was wrong: both sides prove that "
               "they know the key");
    co_await send_all(socket, frame(welcome));
    co_return socket;
}

asio::awaitable<std::string> failure_of(asio::awaitable<Connection> connecting) {
    try {
        co_await std::move(connecting);
    } catch (const std::system_error& failure) {
        co_return failure.what();
    }
    co_return "none";
}

asio::awaitable<void> expect_echo(Connection& connection, Value value) {
    const std::string sent = to_json(value);
    const Value reply = co_await ask(connection, value);
    BOOST_TEST(to_json(reply) == sent, "sent " << sent << ", received " << to_json(reply));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messaging)

// --- Step 1: framing
// ------------------------------------------------------------------------------

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
    for (const std::string_view bytes : {"\0\0\0\7"sv, "\x7f\xff\xff\xff"sv,
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

// --- Step 2: answering
// ----------------------------------------------------------------------------

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
    for (const std::string& greeting : {"SSH-2.0-OpenSSH_9.2"s, ""s, "#CHALLENGE"s, "#WELCOME#"s}) {
        BOOST_TEST(error_of(answer_challenge(*key, greeting, Md5::allowed)) ==
                       message_of(Error::no_challenge),
                   "a MAC is for challenges only, not for " << in_quotes(greeting));
    }
    for (const std::string& challenge :
         {"#CHALLENGE#"s, "#CHALLENGE#{sha256"s, challenge_for("sha1"), challenge_for("")}) {
        BOOST_TEST(error_of(answer_challenge(*key, challenge, Md5::allowed)) ==
                       message_of(Error::unknown_digest),
                   "no digest that we know is named in " << in_quotes(challenge));
    }
}

// --- Step 3: checking
// -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_the_right_answer_in_every_digest) {
    for (const Answer& answer : answers) {
        const std::string text = "{" + std::string(answer.digest) + "}" + unhex(answer.mac);
        const auto verdict = check_answer(*key, challenge_for(answer.digest), text, Md5::allowed);
        BOOST_TEST(!verdict, "Python's own answer with " << answer.digest
                                                         << " was refused: " << verdict.message());
    }
}

BOOST_AUTO_TEST_CASE(refuses_every_other_answer) {
    const std::string challenge = challenge_for("sha256");
    const std::string right = "{sha256}" + unhex(answers[0].mac);
    BOOST_TEST_REQUIRE(!check_answer(*key, challenge, right, Md5::refused));
    for (std::size_t position = 8; position < right.size(); ++position) {
        std::string wrong = right;
        wrong[position] ^= 1;
        BOOST_TEST(check_answer(*key, challenge, wrong, Md5::refused).message() ==
                       message_of(Error::wrong_answer),
                   "an answer that is wrong in byte " << position << " was taken for right");
    }
    for (const std::string& wrong : {right.substr(0, 8), right.substr(0, 39), right + "x"}) {
        BOOST_TEST(check_answer(*key, challenge, wrong, Md5::refused).message() ==
                       message_of(Error::wrong_answer),
                   "an answer of another length was taken for right");
    }
    BOOST_TEST(check_answer(Key("peekabop"), challenge, right, Md5::refused).message() ==
                   message_of(Error::wrong_answer),
               "an answer made with another key was taken for right");
    BOOST_TEST(check_answer(*key, make_challenge(), right, Md5::refused).message() ==
                   message_of(Error::wrong_answer),
               "the answer to another challenge was taken for right: it can be replayed");
    BOOST_TEST(check_answer(*key, challenge, "", Md5::allowed).message() ==
                   message_of(Error::unknown_digest),
               "no answer at all was taken for right");
}

BOOST_AUTO_TEST_CASE(lets_old_pythons_in_only_when_md5_is_allowed) {
    const std::string challenge = challenge_for("sha256");
    const std::string old = unhex(old_answer_to_sha256);
    BOOST_TEST(!check_answer(*key, challenge, old, Md5::allowed),
               "Python 3.11 answers with HMAC-MD5 over the prefix too");
    BOOST_TEST(
        check_answer(*key, challenge, old, Md5::refused).message() == message_of(Error::md5_only),
        "a client must not talk us down to MD5 unless we allow it");
    BOOST_TEST(check_answer(*key, challenge, "{md5}" + old, Md5::refused).message() ==
                   message_of(Error::md5_only),
               "a client must not talk us down to MD5 unless we allow it");
}

BOOST_AUTO_TEST_CASE(never_challenges_twice_with_the_same_bytes) {
    const std::string first = make_challenge();
    BOOST_TEST(first.starts_with("#CHALLENGE#{sha256}"));
    BOOST_TEST(first.size() == 11U + 8 + 40, "CPython challenges with 40 random bytes");
    BOOST_TEST(first != make_challenge(), "a challenge used twice lets an old answer in");
}

// --- Step 5: the codec
// ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_what_every_protocol_writes) {
    // pickle.dumps([b"\xff", {1}, -2**63, 300, 70000, 2**40], protocol)
    const std::string_view expected =
        R"([{"bytes": "ff"}, {"set": [1]}, -9223372036854775808, 300, 70000, 1099511627776])";
    const auto numbers =
        "\x8a\x08\0\0\0\0\0\0\0\x80M,\x01Jp\x11\x01\0\x8a\x06\0\0\0\0\0\x01"
        "e."s;
    BOOST_TEST(json_of("\x80\x02]q\0(c_codecs\nencode\nq\x01X\x02\0\0\0\xc3\xbfq\x02X\x06\0\0\0"
                       "latin1q\x03\x86q\x04Rq\x05"
                       "c__builtin__\nset\nq\x06]q\x07K\x01"
                       "a\x85q"
                       "\x08Rq\t"s +
                       numbers) == expected,
               "protocol 2 writes bytes and sets as calls; they are known, and nothing is called");
    BOOST_TEST(json_of("\x80\x03]q\0(C\x01\xffq\x01"
                       "cbuiltins\nset\nq\x02]q\x03K\x01"
                       "a\x85q"
                       "\x04Rq\x05"s +
                       numbers) == expected,
               "protocol 3 writes sets as calls; they are known, and nothing is called");
    for (const char protocol : {'\4', '\5'}) {
        BOOST_TEST(json_of("\x80"s + protocol +
                           "\x95)\0\0\0\0\0\0\0]\x94(C\x01\xff\x94\x8f\x94"
                           "(K\x01\x90"s +
                           numbers) == expected);
    }
    BOOST_TEST(json_of("\x80\x02"
                       "c__builtin__\nbytes\n)R."s) == R"({"bytes": ""})");
}

BOOST_AUTO_TEST_CASE(refuses_whatever_would_run_code) {
    expect_refusal("cos\nsystem\nX\2\0\0\0id\x85R."s,
                   "opcode GLOBAL at byte 2: it names os.system");
    expect_refusal("\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.",
                   "opcode STACK_GLOBAL at byte 19: it names posix.system");
    expect_refusal("cbuiltins\neval\nX\1\0\0\0001\x85R."s, "it names builtins.eval");
    expect_refusal("c__builtin__\nset \n]\x85R.", "it names __builtin__.set ");
    expect_refusal("cshutil\nset\n]\x85R.", "it names shutil.set");
    expect_refusal("(S'id'\nios\nsystem\n.", "opcode STRING at byte 3");
    expect_refusal("(X\2\0\0\0idios\nsystem\n."s, "opcode INST at byte 10");
    expect_refusal("(cos\nsystem\nX\2\0\0\0ido."s, "it names os.system");
    expect_refusal("(]o.", "opcode OBJ at byte 4");
    expect_refusal("])\x81.", "opcode NEWOBJ at byte 4");
    expect_refusal("])}\x92.", "opcode NEWOBJ_EX at byte 5");
    expect_refusal("]}b.", "opcode BUILD at byte 4");
    expect_refusal("\x82\x01.", "opcode EXT1 at byte 2");
    expect_refusal("\x83\x01\x01.", "opcode EXT2 at byte 2");
    expect_refusal("\x84\x01\0\0\0."s, "opcode EXT4 at byte 2");
    expect_refusal("Pid\n.", "opcode PERSID at byte 2");
    expect_refusal("NQ.", "opcode BINPERSID at byte 3");
    expect_refusal("N)R.", "opcode REDUCE at byte 4: it calls what is no function");
}

BOOST_AUTO_TEST_CASE(known_names_are_not_data_themselves) {
    expect_refusal("cbuiltins\nset\n.", "a class or function is no data");
    expect_refusal("]cbuiltins\nset\na.", "a class or function is no data");
    expect_refusal("cbuiltins\nset\nN\x85R.", "expected list, not None");
    expect_refusal("cbuiltins\nset\n)R.", "with other arguments");
    expect_refusal("c_codecs\nencode\nX\3\0\0\0\xe2\x82\xacX\6\0\0\0latin1\x86R."s,
                   "beyond U+00FF");
    expect_refusal("c_codecs\nencode\nX\1\0\0\0aX\3\0\0\0hex\x86R."s, "with other arguments");
}

BOOST_AUTO_TEST_CASE(refuses_bombs_cycles_and_lies_about_lengths) {
    const std::string harmless = bomb(3);
    BOOST_TEST(from_pickle(harmless).as<List>().items.size() == 10U);
    const std::string refusal = refusal_of(bomb(9));
    BOOST_TEST(refusal.find("written out in full") != std::string::npos,
               "a hundred bytes that mean a thousand million lists were " << refusal.substr(0, 80));
    expect_refusal("]\x94h\0a."s, "an object contains itself");
    expect_refusal("]2a.", "an object contains itself");
    expect_refusal("]\x94]\x94h\0ah\1a."s, "an object contains itself");
    expect_refusal("]\x94\x85h\0Na."s, "an object contains itself");
    expect_refusal(
        "X\xff\xff\xff\xff"
        "abc.",
        "ends in the middle");
    expect_refusal(
        "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
        "abc.",
        "ends in the middle");
    expect_refusal("\x8b\xff\xff\xff\xff.", "its length is negative");
    expect_refusal("\x95\xff\0\0\0\0\0\0\0N."s, "the frame is longer");
    expect_refusal("Nr\xff\xff\xff\xff.", "memo number 4294967295 is out of order");
    expect_refusal("h\0."s, "nothing was memorised");
    expect_refusal("}]Ns.", "list is unhashable");
    expect_refusal("\x8f(]\x85\x90.", "tuple is unhashable");
    BOOST_TEST(
        refusal_of("\x80\x04" + std::string(1000, ']'), 10'000).find("more than 10000 bytes") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(refuses_every_start_of_a_pickle) {
    const std::string whole = to_pickle(
        List{{1, 300, 70000, -1, 1.5, "text", Bytes{"raw"}, true, Tuple{{1, 2, 3, 4}},
              Dict{{{"key", None{}}}}, Set{{1}}, FrozenSet{{2}}, Value(std::int64_t{1} << 40U)}});
    BOOST_TEST(refusal_of(whole) == "taken");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(
            refusal_of(std::string_view(whole).substr(0, size)).starts_with("pickle refused"));
    }
    BOOST_TEST(refusal_of(whole + "N").find("more follows") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nests_a_million_deep) {
    const std::string pickle = nested_lists(1'000'000);
    const Value value = from_pickle(pickle);
    const std::string again = to_pickle(value);
    BOOST_TEST(to_pickle(from_pickle(again)) == again);
    const Value copy = value;  // both are destroyed here, without recursion
}

BOOST_AUTO_TEST_CASE(keeps_shared_objects_shared) {
    const Value text = std::string(1000, 'x');
    const Value list = List{{text, text, Tuple{{text}}}};
    const std::string pickle = to_pickle(list);
    BOOST_TEST(pickle.size() < 1100U, "a text that is there three times was written three times");
    const Value again = from_pickle(pickle);
    const auto& items = again.as<List>().items;
    BOOST_TEST(items[0].identity() == items[1].identity());
}

BOOST_AUTO_TEST_CASE(integers_of_every_size) {
    for (const std::string& decimal :
         {"0"s, "-1"s, "127"s, "128"s, "-128"s, "-129"s, "9223372036854775807"s,
          "-9223372036854775808"s, "9223372036854775808"s, "-9223372036854775809"s,
          "18446744073709551615"s, "18446744073709551616"s, "1" + std::string(4299, '0'),
          "-" + std::string(4300, '9')}) {
        const Value integer = from_json(decimal);
        BOOST_TEST(to_json(integer) == decimal);
        BOOST_TEST(to_json(from_pickle(to_pickle(integer))) == decimal);
        const bool fits =
            decimal.size() < 19 || decimal.ends_with("807") || decimal == "-9223372036854775808";
        BOOST_TEST((integer.kind() == Kind::integer) == fits);
    }
    for (const std::string& zero : {"\x8a\0"s, "\x8b\0\0\0\0"s, "\x8a\3\0\0\0"s}) {
        BOOST_TEST(to_json(from_pickle("\x80\2" + zero + ".")) == "0", "no digits are zero");
    }
    BOOST_CHECK_THROW(from_json(std::string(4301, '9')), std::length_error);
    const std::string huge = "\x80\x04\x8b\0\0\x10\0"s + std::string(1U << 20U, '\x7f') + ".";
    BOOST_TEST(to_pickle(from_pickle(huge)) == huge, "a megabyte of digits is carried, not shown");
    BOOST_CHECK_THROW(to_json(from_pickle(huge)), std::length_error);
}

BOOST_AUTO_TEST_CASE(json_and_back) {
    for (const std::string_view text :
         {"null"sv, "true"sv, "-5"sv, "1.5"sv, "1.0"sv, "1e+300"sv, R"("\u0000\"\\é")"sv, "[]"sv,
          R"({"a": [1, {"b": null}]})"sv, R"({"bytes": "00ff"})"sv, R"({"tuple": [1, [2]]})"sv,
          R"({"set": []})"sv, R"({"frozenset": [1]})"sv, R"({"float": "-inf"})"sv,
          R"({"dict": [[1, "one"], [{"tuple": []}, 2]]})"sv, R"({"dict": [["set", [1]]]})"sv,
          "[]"sv}) {
        BOOST_TEST(to_json(from_json(text)) == text);
    }
    BOOST_TEST(to_json(std::string("\xed\xa0\x80")) == R"("\ud800")");
    for (const std::string_view text : {""sv, "["sv, "[1] 2"sv, R"({"bytes": "0"})"sv, "nul"sv,
                                        R"({"tuple": 1})"sv, R"({"dict": [[1]]})"sv, "1e999"sv}) {
        BOOST_CHECK_THROW(from_json(text), JsonError);
    }
    BOOST_CHECK_THROW(from_json(std::string(100'000, '[')), JsonError);
}

BOOST_AUTO_TEST_CASE(values_say_what_they_are) {
    const Value dict = Dict{{{"name", "old"}, {1, 2}, {"name", "new"}}};
    BOOST_TEST(dict.as<Dict>().find("name")->as<std::string>() == "new");
    BOOST_TEST(!dict.as<Dict>().find("other"));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(dict.as<List>()), TypeError,
        [](const TypeError& error) { return error.what() == "expected list, not dict"sv; });
}

BOOST_AUTO_TEST_CASE(keys_come_from_a_file_or_the_environment) {
    const auto path = std::filesystem::temp_directory_path() / "11_07_messaging_key";
    std::ofstream(path) << "secret\n";
    BOOST_TEST((Key::from_file(path).bytes() == Key("secret").bytes()));
    std::ofstream(path) << "";
    BOOST_CHECK_THROW(Key::from_file(path), std::invalid_argument);
    std::filesystem::remove(path);
    BOOST_CHECK_THROW(Key::from_file(path), std::system_error);
    setenv("MESSAGING_TEST_KEY", "secret", 1);
    BOOST_TEST((Key::from_environment("MESSAGING_TEST_KEY").bytes() == Key("secret").bytes()));
    BOOST_TEST(!std::getenv("MESSAGING_TEST_KEY"), "the key stayed in the environment");
    BOOST_CHECK_THROW(Key::from_environment("MESSAGING_TEST_KEY"), std::invalid_argument);
}

// --- Step 4: connections
// --------------------------------------------------------------------------

ASYNC_TEST_CASE(both_sides_prove_that_they_know_the_key) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server.endpoint());
    co_await send_all(socket, frame(to_pickle("hello")));
    co_await expect(socket, frame(to_pickle("hello")), "an authenticated client is served");
    socket.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(echoes_objects_of_every_kind) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key);
    std::vector<Value> values = {None{},
                                 true,
                                 1,
                                 1.5,
                                 "text",
                                 Bytes{"\xff"},
                                 List{{1, 2}},
                                 Tuple{{1}},
                                 Set{{1}},
                                 FrozenSet{},
                                 from_json("1" + std::string(30, '0')),
                                 Dict{{{1, "one"}, {"two", List{}}}},
                                 std::string(1'000'000, 'x')};
    for (const Value& value : values) {
        co_await expect_echo(connection, value);
    }
    co_await expect_echo(connection, List{values});
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(a_wrong_key_learns_nothing) {
    EchoServer server(co_await this_coro::executor);
    for (const std::string& answer : {"{sha256}" + std::string(32, 'x'), std::string(16, 'x'), "x"s,
                                      ""s, "{sha256}"s, "#WELCOME#"s}) {
        tcp::socket socket = co_await connect_to(server.endpoint());
        co_await receive_frame(socket);
        co_await send_all(socket, frame(answer));
        co_await expect(socket, frame(failure), "whatever is wrong, the answer is #FAILURE#");
        co_await expect_eof(socket, "a peer without the key is hung up on");
    }
    const std::string reason =
        co_await failure_of(connect(server.address(), std::make_shared<Key>("another")));
    BOOST_TEST(reason == "authenticate with " + to_string(server.address()) + ": " +
                             message_of(Error::rejected));
    server.stop();
    co_await server.join();
}

asio::awaitable<void> welcome_anybody(tcp::acceptor& acceptor, std::string answer) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(socket, frame(make_challenge()));
    co_await receive_frame(socket);
    co_await send_all(socket, frame(welcome));
    co_await receive_frame(socket);
    co_await send_all(socket, frame(answer));
    co_await expect(socket, frame(failure), "the client finds out that we do not know the key");
    co_await expect_eof(socket, "the client hangs up on a listener without the key");
}

ASYNC_TEST_CASE(a_client_finds_out_a_listener_without_the_key) {
    const auto executor = co_await this_coro::executor;
    for (const std::string& answer : {"{sha256}" + std::string(32, 'x'), std::string(welcome)}) {
        tcp::acceptor acceptor = listen_v4(executor);
        TaskGroup group(executor);
        group.spawn(welcome_anybody(acceptor, answer));
        const TcpAddress address{.host = "127.0.0.1", .port = acceptor.local_endpoint().port()};
        const std::string reason = co_await failure_of(connect(address, key));
        BOOST_TEST(reason.starts_with("authenticate with"),
                   "a listener that welcomes everybody need not know the key: it was trusted");
        co_await group.join();
    }
}

ASYNC_TEST_CASE(silent_peers_keep_nobody_waiting_and_are_hung_up_on) {
    EchoServer server(co_await this_coro::executor, {.handshake_limit = 5s});
    std::vector<tcp::socket> silent;
    for (int i = 0; i < 20; ++i) {
        silent.push_back(co_await connect_to(server.endpoint()));
        co_await receive_frame(silent.back());
    }
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, "the 21st client");
    co_await send_all(silent[0], "\0"s);  // slow is no better than silent
    co_await advance(6s);
    for (tcp::socket& socket : silent) {
        co_await expect_eof(socket, "the whole handshake has a time limit");
    }
    co_await expect_echo(connection, "still there");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(refuses_a_long_answer_before_it_comes) {
    EchoServer server(co_await this_coro::executor);
    for (const std::string& header : {"\0\0\1\1"s, "\x7f\xff\xff\xff"s, "\xff\xff\xff\xfe"s,
                                      "\xff\xff\xff\xff\0\0\0\1\0\0\0\0"s}) {
        tcp::socket socket = co_await connect_to(server.endpoint());
        co_await receive_frame(socket);
        co_await send_all(socket, header);
        co_await expect_eof(socket, "no message of the handshake has more than 256 bytes");
    }
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(hangs_up_on_a_message_that_is_too_long) {
    EchoServer server(co_await this_coro::executor, {.max_message = 1000});
    tcp::socket socket = co_await authenticated_socket(server.endpoint());
    co_await send_all(socket, encode_header(1001));
    co_await expect_eof(socket, "a message above the limit is refused by its length");
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, std::string(900, 'x'));
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(takes_the_long_form_for_short_messages) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server.endpoint());
    co_await send_all(socket, "\xff\xff\xff\xff\0\0\0\0\0\0\0\x04\x80\x04N."s);
    co_await expect(socket, frame("\x80\x04N."), "CPython takes the long form for any length");
    socket.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(garbage_ends_its_own_connection_only) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key);
    for (const std::string& message : {"not a pickle"s,
                                       "\x80\x04"
                                       "cos\nsystem\n."s,
                                       ""s, bomb(9)}) {
        tcp::socket socket = co_await authenticated_socket(server.endpoint());
        co_await send_all(socket, frame(message));
        co_await expect_eof(socket, "a message that is refused ends the connection");
    }
    co_await expect_echo(connection, "still there");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(hangs_up_on_the_idle_and_on_the_slow) {
    EchoServer server(co_await this_coro::executor, {.message_limit = 3s}, {.idle = 60s});
    tcp::socket idle = co_await authenticated_socket(server.endpoint());
    tcp::socket slow = co_await authenticated_socket(server.endpoint());
    co_await send_all(slow, "\0\0\0\5h"s);
    co_await settle();
    co_await advance(2s);
    co_await send_all(slow, "e");  // a byte now and then does not buy more time
    co_await settle();
    co_await advance(2s);
    co_await expect_eof(slow, "a whole message has a time limit");
    co_await send_all(idle, frame(to_pickle(1)));
    co_await expect(idle, frame(to_pickle(1)), "60 s between messages are fine");
    co_await advance(61s);
    co_await expect_eof(idle, "a peer that is silent between messages is hung up on");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(a_slow_reader_never_grows_memory) {
    EchoServer server(co_await this_coro::executor, {.message_limit = 3s});
    tcp::socket socket = co_await authenticated_socket(server.endpoint());
    const std::string message = frame(to_pickle(Bytes{std::string(1 << 20, 'x')}));
    // We write and never read: at some time the server must stop reading.
    std::size_t written = 0;
    socket.non_blocking(true);
    for (int stuck = 0; stuck < 10;) {
        error_code would_block;
        const std::size_t n =
            socket.write_some(asio::buffer(message) + written % message.size(), would_block);
        written += n;
        stuck = n == 0 ? stuck + 1 : 0;
        BOOST_TEST_REQUIRE(written < 64 * message.size(),
                           "64 MiB were taken from a client that reads nothing");
        co_await settle();
    }
    co_await advance(4s);
    const Received rest = co_await receive_to_end(socket);
    BOOST_TEST((rest.error == asio::error::eof || rest.error == asio::error::connection_reset),
               "a peer that takes no reply is hung up on");
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(allocates_for_what_has_come_not_for_what_is_announced) {
    EchoServer server(co_await this_coro::executor, {.max_message = std::uint64_t{3} << 30U});
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 20; ++i) {  // 60 GiB, if they were allocated
        sockets.push_back(co_await authenticated_socket(server.endpoint()));
        co_await send_all(sockets.back(), encode_header(std::uint64_t{3} << 30U) + "x");
    }
    co_await settle();
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, "still there");
    sockets.clear();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(an_echo_costs_one_send) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server.endpoint());
    const std::string message = frame(to_pickle(std::string(10'000, 'x')));
    const CountCalls calls(Where::local_port(server.endpoint().port()));
    co_await send_all(socket, message);
    co_await expect(socket, message, "the object comes back");
    BOOST_TEST(calls[Call::sendmsg] + calls[Call::send] + calls[Call::write] == 1U,
               "header and message go out in one write");
    socket.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(ten_thousand_messages_in_one_go) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server.endpoint());
    std::string all;
    for (int i = 0; i < 10'000; ++i) {
        all += frame(to_pickle(i));
    }
    TaskGroup group(co_await this_coro::executor);
    group.spawn(send_all(socket, all));
    co_await expect(socket, all, "every message is answered, in order");
    co_await group.join();
    socket.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(finishes_what_it_has_in_hand_before_it_stops) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket idle = co_await authenticated_socket(server.endpoint());
    tcp::socket busy = co_await authenticated_socket(server.endpoint());
    const std::string message = frame(to_pickle("the last one"));
    co_await send_all(busy, message.substr(0, 7));
    co_await settle();
    server.stop();
    co_await expect_eof(idle, "a server that stops closes connections that have nothing in hand");
    co_await send_all(busy, message.substr(7));
    co_await expect(busy, message, "a message that was on its way is still answered");
    co_await expect_eof(busy, "then the connection ends");
    co_await server.join();
}

ASYNC_TEST_CASE(cuts_off_who_does_not_finish) {
    EchoServer server(co_await this_coro::executor, {}, {.drain = 5s});
    tcp::socket busy = co_await authenticated_socket(server.endpoint());
    co_await send_all(busy, "\0\0\0\5"s);
    co_await settle();
    server.stop();
    co_await settle();
    BOOST_TEST(!server.stopped());
    co_await advance(6s);
    BOOST_TEST(server.stopped(), "a message that never comes whole holds the server up for ever");
    co_await server.join();
}

ASYNC_TEST_CASE(serves_ipv6_and_limits_its_connections) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v6(executor);
    const TcpAddress address{.host = "::1", .port = acceptor.local_endpoint().port()};
    Listener listener(std::move(acceptor), key);
    BOOST_TEST(listener.address() == to_string(address));
    TaskGroup group(executor);
    group.spawn(listener.serve({.connections = 1}, echo));
    {
        Connection first = co_await connect(address, key);
        co_await expect_echo(first, 1);
        tcp::socket second = co_await connect_to({asio::ip::address_v6::loopback(), address.port});
        co_await settle();
        BOOST_TEST(second.available() == 0U, "a second connection was served beside the only one");
    }
    Connection third = co_await connect(address, key);
    co_await expect_echo(third, 3);
    group.cancel();
    co_await group.join();
}

ASYNC_TEST_CASE(serves_unix_sockets) {
    const auto executor = co_await this_coro::executor;
    const std::string path = std::filesystem::temp_directory_path() / "11_07_messaging_test.sock";
    for (const UnixAddress& address : {UnixAddress{path}, UnixAddress{"@11_07_messaging_test"}}) {
        {
            Listener listener(executor, address, key);
            TaskGroup group(executor);
            group.spawn(listener.serve(Limits{}, echo));
            Connection connection = co_await connect(address, key);
            co_await expect_echo(connection, List{{1, std::string(100'000, 'x')}});
            group.cancel();
            co_await group.join();
        }
        BOOST_TEST(!std::filesystem::exists(path), "the socket's file stays behind its server");
    }
}

BOOST_AUTO_TEST_SUITE_END()
