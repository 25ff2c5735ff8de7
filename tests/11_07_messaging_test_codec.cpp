// Recipe 11.7, the codecs: pickles as CPython 3.13.0 writes them, pickles that would do harm, JSON.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::messaging;
using cookbook::testing::in_quotes;
using namespace std::string_literals;
using namespace std::string_view_literals;

std::string refusal_of(std::string_view pickle, std::size_t memory = default_pickle_memory) {
    try {
        from_pickle(pickle, memory);
        return "accepted";
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

void expect_integer(const std::string& decimal, Kind kind) {
    const Value integer = from_json(decimal);
    BOOST_TEST((integer.kind() == kind),
               decimal << " has the wrong type: 64 bits are an std::int64_t, more a BigInteger");
    BOOST_TEST(to_json(integer) == decimal);
    BOOST_TEST(to_json(from_pickle(to_pickle(integer))) == decimal);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messaging)

// --- Step 5: refusing names ----------------------------------------------------------------------

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
    expect_refusal("cbuiltins.evil\nset\n]\x85R.", "it names builtins.evil.set");
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

BOOST_AUTO_TEST_CASE(a_hook_makes_what_it_knows_and_nothing_else) {
    const PickleHook hook = [](std::string_view module, std::string_view name,
                               const Tuple& arguments) -> std::optional<Value> {
        if (module != "builtins" || name != "KeyError") {
            return std::nullopt;
        }
        return Dict{{{"type", std::string(name)}, {"args", arguments}}};
    };
    const auto json = [&](const std::string& program) {
        return to_json(from_pickle("\x80\x04" + program, default_pickle_memory, hook));
    };
    const std::string key_error = "\x8c\x08"s + "builtins\x8c\x08KeyError\x93";
    const std::string made = R"({"type": "KeyError", "args": {"tuple": [1]}})";
    BOOST_TEST(json(key_error + "K\x01\x85R.") == made);
    BOOST_TEST(json("cbuiltins\nKeyError\nK\x01\x85R.") == made);
    BOOST_TEST(json(key_error + "K\x01\x85R}b.") == made, "a state is dropped");
    BOOST_TEST(json("](" + key_error + "K\x01\x85R" + key_error + ")Re.") ==
               "[" + made + R"(, {"type": "KeyError", "args": {"tuple": []}}])");
    BOOST_TEST(json("cbuiltins\nset\n]\x85R.") == R"({"set": []})", "plain data needs no hook");
    for (const std::string& program :
         {key_error + ".", "cposix\nsystem\n)R."s, "cposix\nKeyError\n)R."s, key_error + "NR."s,
          key_error + "]Ra."s, "]" + key_error + "a."s}) {
        BOOST_CHECK_THROW(json(program), PickleError);
    }
    expect_refusal(key_error + "K\x01\x85R.", "it names builtins.KeyError");
}

BOOST_AUTO_TEST_CASE(what_a_hook_makes_weighs_what_it_was_given) {
    const PickleHook hook = [](std::string_view, std::string_view, const Tuple& arguments) {
        return std::optional<Value>(arguments);
    };
    // A call with ten references to what the call before has made, and so on.
    std::string program = "\x80\x04N\x94";
    for (char level = 0; level < 9; ++level) {
        program += "cmodule\nname\n(";
        for (int reference = 0; reference < 10; ++reference) {
            program += "h"s + level;
        }
        program += "tR\x94";
    }
    BOOST_CHECK_EXCEPTION(from_pickle(program + ".", default_pickle_memory, hook), PickleError,
                          [](const PickleError& refusal) {
                              return std::string(refusal.what()).find("written out in full") !=
                                     std::string::npos;
                          });
}

BOOST_AUTO_TEST_CASE(what_a_hook_is_given_takes_memory) {
    int calls = 0;
    const PickleHook hook = [&](std::string_view, std::string_view, const Tuple&) {
        ++calls;
        return std::optional<Value>(Value());
    };
    const auto refusal = [&](const std::string& program) {
        try {
            from_pickle("\x80\x04" + program, 10'000'000, hook);
        } catch (const PickleError& error) {
            return std::string(error.what());
        }
        return "accepted"s;
    };
    const auto repeated = [](const std::string& program, int times) {
        std::string all;
        for (int i = 0; i < times; ++i) {
            all += program;
        }
        return all;
    };
    const std::string text = "X\xa0\x86\x01\0"s + std::string(100'000, 'x') + "\x94";
    std::string reason = refusal(text + repeated("h\0h\0\x93"s, 1000));
    BOOST_TEST(reason.find("of memory") != reason.npos,
               "five bytes that copy a long text twice were repeated: " << reason);
    const std::string list = "cmodule\nname\n\x94](" + std::string(10'000, 'N') + "e\x85\x94";
    reason = refusal(list + repeated("h\0h\1R"s, 1000));
    BOOST_TEST(reason.find("of memory") != reason.npos,
               "five bytes that have a long list copied were repeated: " << reason);
    BOOST_TEST(calls < 100, "the hook was called " << calls << " times with ten thousand items");
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
    BOOST_TEST(refusal_of(whole) == "accepted");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(
            refusal_of(std::string_view(whole).substr(0, size)).starts_with("pickle refused"));
    }
    BOOST_TEST(refusal_of(whole + "N").find("more follows") != std::string::npos);
}

// --- Depth, sharing, integers, JSON --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nests_deeper_than_any_stack) {
    const std::string pickle = nested_lists(200'000);
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
    for (const std::string& decimal : {"0"s, "-1"s, "127"s, "128"s, "-128"s, "-129"s,
                                       "9223372036854775807"s, "-9223372036854775808"s}) {
        expect_integer(decimal, Kind::integer);
    }
    for (const std::string& decimal :
         {"9223372036854775808"s, "-9223372036854775809"s, "18446744073709551615"s,
          "18446744073709551616"s, "1" + std::string(4299, '0'), "-" + std::string(4300, '9')}) {
        expect_integer(decimal, Kind::big_integer);
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
          R"({"dict": [[1, "one"], [{"tuple": []}, 2]]})"sv, R"({"dict": [["set", [1]]]})"sv}) {
        BOOST_TEST(to_json(from_json(text)) == text);
    }
    BOOST_TEST(to_json(std::string("\xed\xa0\x80")) == R"("\ud800")");
    for (const std::string_view text : {""sv, "["sv, "[1] 2"sv, R"({"bytes": "0"})"sv, "nul"sv,
                                        R"({"tuple": 1})"sv, R"({"dict": [[1]]})"sv, "1e999"sv}) {
        BOOST_CHECK_THROW(from_json(text), JsonError);
    }
    BOOST_CHECK_THROW(from_json(std::string(100'000, '[')), JsonError);
}

BOOST_AUTO_TEST_CASE(plain_json_has_no_convention) {
    for (const std::string_view text :
         {R"({"tuple": [1]})"sv, R"({"bytes": 5})"sv, R"({"a": [1.5, null, true]})"sv}) {
        const Value value = from_json(text, JsonForm::plain);
        BOOST_TEST((value.kind() == Kind::dict), text << " names no type in plain JSON");
        BOOST_TEST(to_json(value, JsonForm::plain) == text);
    }
    BOOST_TEST(to_json(Tuple{{1, Tuple{}, "x"}}, JsonForm::plain) == R"([1, [], "x"])");
    const double infinity = std::numeric_limits<double>::infinity();
    for (const Value& value : {Value(Bytes{"x"}), Value(Set{}), Value(FrozenSet{}), Value(infinity),
                               Value(-infinity), Value(std::nan("")), Value(Dict{{{1, 2}}})}) {
        BOOST_CHECK_THROW(to_json(List{{value}}, JsonForm::plain), JsonError);
    }
}

BOOST_AUTO_TEST_CASE(values_say_what_they_are) {
    const Value dict = Dict{{{"name", "old"}, {1, 2}, {"name", "new"}}};
    BOOST_TEST(dict.as<Dict>().find("name")->as<std::string>() == "new");
    BOOST_TEST(!dict.as<Dict>().find("other"));
    BOOST_CHECK_EXCEPTION(
        static_cast<void>(dict.as<List>()), TypeError,
        [](const TypeError& error) { return error.what() == "expected list, not dict"sv; });
}

BOOST_AUTO_TEST_SUITE_END()
