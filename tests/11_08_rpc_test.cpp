// Recipe 11.8, calls without a network: the forms, the arguments, the exceptions, as CPython has
// them. 11_08_rpc_test_session.cpp tests whole connections.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <vector>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_08_rpc/call/repr.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "11_08_rpc/functions.hpp"
#include "11_08_rpc/rpc.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::rpc;
using cookbook::messaging::to_json;
using cookbook::messaging::to_pickle;
using cookbook::testing::in_quotes;
using cookbook::testing::to_hex;
using namespace std::string_literals;
using namespace std::string_view_literals;

/// "add(2, y=3) as pickle", or why the message is no call.
std::string read_call(std::string_view message) {
    try {
        const auto [form, call] = unwrap_call(message);
        std::string text = call.function + to_json(List{call.args});
        for (const auto& [name, value] : call.kwargs) {
            text += " " + name + "=" + to_json(value);
        }
        return text + (form == Form::pickle ? " as pickle" : " as tuple");
    } catch (const std::exception& refusal) {
        return "refused: "s + refusal.what();
    }
}

/// What a call of the recipe's functions gives: JSON, or the exception.
std::string outcome_of(const Call& call) {
    static const auto functions = example_functions();
    try {
        return to_json(std::get<Value>(functions->call(call)));
    } catch (const std::exception& error) {
        return error.what();
    }
}

/// What a client makes of a reply: JSON, the exception, or the refusal.
std::string read_reply(std::string_view message, Form form = Form::tuple) {
    try {
        return to_json(unwrap_reply(message, form));
    } catch (const std::exception& error) {
        return error.what();
    }
}

template <typename T>
RemoteError python_for(const T& thrown) {
    return to_python(std::make_exception_ptr(thrown));
}

std::string text_of(const RemoteError& error) {
    return error.type() + to_json(List{error.args().items});
}

// pickle.dumps(("add", (2,), {"y": 3}), 4) of CPython 3.13.
const std::string call_of_python =
    "\x80\x04\x95\x16\0\0\0\0\0\0\0\x8c\x03"
    "add\x94K\x02\x85\x94}\x94\x8c\x01y\x94K\x03s\x87\x94."s;

}  // namespace

BOOST_AUTO_TEST_SUITE(rpc)

// --- Step 1: the forms ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tells_a_pickle_in_a_pickle_from_a_tuple) {
    BOOST_TEST(read_call(call_of_python) == "add[2] y=3 as tuple",
               "connection.send((name, args, kwargs)) is one pickle: the tuple");
    BOOST_TEST(read_call(to_pickle(Bytes{call_of_python})) == "add[2] y=3 as pickle",
               "connection.send(pickle.dumps(call)) pickles twice: bytes that hold the tuple's "
               "pickle");
}

BOOST_AUTO_TEST_CASE(reads_the_calls_of_every_protocol) {
    // pickle.dumps(("f", [1], {}), protocol)
    BOOST_TEST(read_call("\x80\x02X\x01\0\0\0fq\0]q\x01K\x01"
                         "a}q\x02\x87q\x03."s) == "f[1] as tuple");
    BOOST_TEST(read_call("\x80\x05\x95\x0e\0\0\0\0\0\0\0\x8c\x01"
                         "f\x94]\x94K\x01"
                         "a}\x94\x87\x94."s) == "f[1] as tuple",
               "args may be a list, too");
    // pickle.dumps(pickle.dumps(("f", (), {}), 2), 2): protocol 2 has no bytes
    BOOST_TEST(
        read_call("\x80\x02"
                  "c_codecs\nencode\nq\0X\x14\0\0\0"
                  "\xc2\x80\x02X\x01\0\0\0fq\0)}q\x01\xc2\x87q\x02.q\x01X\x06\0\0\0latin1q\x02"
                  "\x86q\x03Rq\x04."s) == "f[] as pickle");
}

BOOST_AUTO_TEST_CASE(refuses_pickles_that_are_no_call) {
    const Value call = Tuple{{"add", Tuple{}, Dict{}}};
    for (const Value& value :
         {Value(1), Value("add"), Value(Tuple{{"add", Tuple{}}}),
          Value(Tuple{{"add", Tuple{}, Dict{}, 1}}), Value(Tuple{{1, Tuple{}, Dict{}}}),
          Value(Tuple{{"add", 1, Dict{}}}), Value(Tuple{{"add", Tuple{}, Tuple{}}}),
          Value(Tuple{{"add", Tuple{}, Dict{{{1, 2}}}}})}) {
        const std::string message = to_pickle(value);
        BOOST_TEST(read_call(message).starts_with("refused: no call: "),
                   to_json(value) << " is no (name, args, kwargs)");
        BOOST_TEST(read_call(to_pickle(Bytes{message})).starts_with("refused: no call: "));
    }
    const std::string three = to_pickle(Bytes{to_pickle(Bytes{to_pickle(call)})});
    BOOST_TEST(read_call(three) == "refused: no call: expected tuple, not bytes",
               "three pickles in one another are nobody's form");
    const std::string key_error = "\x8c\x08"s + "builtins\x8c\x08KeyError\x93)R";
    for (const std::string& program : {"\x8c\x03"
                                       "add" +
                                           key_error + "\x85}\x87."s,
                                       "\x8c\x03"
                                       "add)\x8c\x01x" +
                                           key_error + "s\x87."s,
                                       "cposix\nsystem\n\x8c\x02id\x85R."s}) {
        BOOST_TEST(read_call("\x80\x04" + program).starts_with("refused: pickle refused: "),
                   "a call names no class and no function: " << in_quotes(program));
    }
}

BOOST_AUTO_TEST_CASE(reads_the_calls_that_it_writes) {
    const Call call{"f", {1, "two"}, {{"three", 3.0}}};
    BOOST_TEST(read_call(wrap_call(call, Form::tuple)) == R"(f[1, "two"] three=3.0 as tuple)");
    BOOST_TEST(read_call(wrap_call(call, Form::pickle)) == R"(f[1, "two"] three=3.0 as pickle)");
}

// --- Step 2: arguments ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(binds_by_position_and_by_name) {
    for (const Call& call : {Call{"sub", {5, 3}, {}}, Call{"sub", {5}, {{"y", 3}}},
                             Call{"sub", {}, {{"y", 3}, {"x", 5}}}}) {
        BOOST_TEST(outcome_of(call) == "2",
                   "sub(x, y) with 5 for x and 3 for y, " << call.kwargs.size() << " by name");
    }
    BOOST_TEST(outcome_of({"sub", {5}, {{"y", 1}, {"y", 3}}}) == "2",
               "a dict has a name once: of two the last one counts");
}

BOOST_AUTO_TEST_CASE(refuses_arguments_in_cpythons_words) {
    struct Row {
        Call call;
        std::string_view words;  // of def add(x, y) and of def get_data()
    };
    const Row rows[] = {
        {{"add", {2}, {}}, "add() missing 1 required positional argument: 'y'"},
        {{"add", {}, {{"y", 1}}}, "add() missing 1 required positional argument: 'x'"},
        {{"add", {}, {}}, "add() missing 2 required positional arguments: 'x' and 'y'"},
        {{"add", {1, 2, 3}, {}}, "add() takes 2 positional arguments but 3 were given"},
        {{"echo", {1, 2}, {}}, "echo() takes 1 positional argument but 2 were given"},
        {{"get_data", {1}, {}}, "get_data() takes 0 positional arguments but 1 was given"},
        {{"add", {1, 2}, {{"z", 3}}}, "add() got an unexpected keyword argument 'z'"},
        {{"add", {1, 2}, {{"x", 3}}}, "add() got multiple values for argument 'x'"},
        {{"fail", {"KeyError"}, {{"args", 1}}}, "fail() got an unexpected keyword argument 'args'"},
    };
    for (const auto& [call, words] : rows) {
        BOOST_TEST(outcome_of(call) == "TypeError: " + std::string(words));
    }
    RpcHandler handler;
    handler.register_function("f", [](int, int, int) {}, {"a", "b", "c"});
    BOOST_CHECK_EXCEPTION(
        std::ignore = handler.call({"f", {}, {}}), TypeError, [](const TypeError& error) {
            return error.what() ==
                   "TypeError: f() missing 3 required positional arguments: 'a', 'b', and 'c'"s;
        });
}

BOOST_AUTO_TEST_CASE(finds_the_first_wrong_argument_as_cpython_does) {
    // A wrong keyword before a wrong count, and that before the missing ones.
    BOOST_TEST(outcome_of({"add", {1, 2, 3}, {{"z", 4}}}) ==
               "TypeError: add() got an unexpected keyword argument 'z'");
    BOOST_TEST(outcome_of({"add", {1, 2, 3}, {{"x", 4}}}) ==
               "TypeError: add() got multiple values for argument 'x'");
    BOOST_TEST(outcome_of({"add", {}, {{"z", 4}}}) ==
               "TypeError: add() got an unexpected keyword argument 'z'");
    BOOST_TEST(outcome_of({"add", {"a", None{}}, {}}) ==
               "TypeError: add() argument 'x' must be int or float, not str");
    BOOST_TEST(outcome_of({"add", {1, None{}}, {}}) ==
               "TypeError: add() argument 'y' must be int or float, not None");
}

BOOST_AUTO_TEST_CASE(gathers_further_arguments) {
    BOOST_TEST(outcome_of({"sum", {}, {}}) == "0");
    BOOST_TEST(outcome_of({"sum", {1, 2, 4}, {}}) == "7");
    BOOST_TEST(outcome_of({"sum", {1, "2"}, {}}) ==
               "TypeError: sum() argument '*n' must be list of int or float, not tuple");
    BOOST_TEST(outcome_of({"fail", {"KeyError"}, {}}) == "KeyError");
    BOOST_TEST(outcome_of({"fail", {"KeyError", 1, "two"}, {}}) == "KeyError: (1, 'two')");
    BOOST_TEST(outcome_of({"fail", {}, {}}) ==
               "TypeError: fail() missing 1 required positional argument: 'type'");
}

// --- Types ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(deduces_what_a_function_takes_and_gives) {
    RpcHandler handler;
    handler.register_function("repeat",
                              [](const std::string& text, int count) {
                                  return std::vector<std::string>(static_cast<std::size_t>(count),
                                                                  text);
                              },
                              {"text", "count"});
    handler.register_function("nothing", [] {}, {});
    handler.register_function(
        "size", [](const Bytes& bytes) { return std::int64_t(bytes.data.size()); }, {"bytes"});
    const auto call = [&](const Call& what) {
        return to_json(std::get<Value>(handler.call(what)));
    };
    BOOST_TEST(call({"repeat", {"ab", 2}, {}}) == R"(["ab", "ab"])");
    BOOST_TEST(call({"repeat", {}, {{"count", 1}, {"text", "x"}}}) == R"(["x"])");
    BOOST_TEST(call({"nothing", {}, {}}) == "null");
    BOOST_TEST(call({"size", {Bytes{"abc"}}, {}}) == "3");
    BOOST_CHECK_THROW(call({"size", {"abc"}, {}}), TypeError);
    BOOST_CHECK_THROW(call({"repeat", {"ab", 2.0}, {}}), TypeError);
    BOOST_CHECK_THROW(call({"repeat", {"ab", true}, {}}), TypeError);
    BOOST_CHECK_THROW(call({"repeat", {"ab", std::int64_t{1} << 40}, {}}), OverflowError);
    BOOST_CHECK_EXCEPTION(
        handler.register_function("f", [](int) {}, {}), std::invalid_argument,
        [](const auto& error) { return error.what() == "f() has 1 parameters, but 0 names"s; });
}

BOOST_AUTO_TEST_CASE(computes_with_64_bits_and_with_floats) {
    constexpr std::int64_t max = INT64_MAX;
    BOOST_TEST(outcome_of({"add", {max, 0}, {}}) == "9223372036854775807");
    BOOST_TEST(outcome_of({"add", {max, 1}, {}}).starts_with("OverflowError: "));
    BOOST_TEST(outcome_of({"sub", {-max, 2}, {}}).starts_with("OverflowError: "));
    BOOST_TEST(
        outcome_of({"add", {cookbook::messaging::from_json("1" + std::string(30, '0')), 1}, {}})
            .starts_with("OverflowError: "));
    BOOST_TEST(outcome_of({"add", {1, 0.5}, {}}) == "1.5");
    BOOST_TEST(outcome_of({"divide", {7, 2}, {}}) == "3.5");
    BOOST_TEST(outcome_of({"divide", {1, 0}, {}}) == "ZeroDivisionError: division by zero");
    BOOST_TEST(outcome_of({"nosuch", {}, {}}) == "KeyError: 'nosuch'");
    BOOST_TEST(outcome_of({"fail", {"eval", "x"}, {}}) == "ValueError: x");
}

// --- Step 3: exceptions --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_exception_becomes_the_one_that_python_would_raise) {
    BOOST_TEST(text_of(python_for(std::invalid_argument("x"))) == R"(ValueError["x"])");
    BOOST_TEST(text_of(python_for(std::out_of_range("x"))) == R"(IndexError["x"])");
    BOOST_TEST(text_of(python_for(std::overflow_error("x"))) == R"(OverflowError["x"])");
    BOOST_TEST(text_of(python_for(std::runtime_error("x"))) == R"(RuntimeError["x"])");
    BOOST_TEST(python_for(std::bad_alloc()).type() == "MemoryError");
    using cookbook::messaging::Kind;
    BOOST_TEST(text_of(python_for(cookbook::messaging::TypeError(Kind::list, Kind::text))) ==
               R"(TypeError["expected list, not str"])");
    const std::string refused = R"(OSError[111, "Connection refused"])";
    BOOST_TEST(text_of(python_for(std::system_error(111, std::generic_category(), "connect"))) ==
               refused);
    BOOST_TEST(text_of(python_for(boost::system::system_error(
                   boost::asio::error::connection_refused))) == refused);
    BOOST_TEST(text_of(python_for(boost::system::system_error(boost::asio::error::eof))) ==
                   R"(OSError["End of file"])",
               "the number of an error that is no errno means nothing to Python");
    BOOST_TEST(text_of(python_for(KeyError("k"))) == R"(KeyError["k"])");
    BOOST_TEST(text_of(python_for(1)).starts_with("RuntimeError"));
}

BOOST_AUTO_TEST_CASE(sends_no_name_that_a_peer_has_chosen) {
    for (const std::string& type :
         {"eval"s, "__main__.My"s, "SystemExit"s, "builtins.eval"s, ""s}) {
        const RemoteError sent = python_for(RemoteError(type, Tuple{{"id"}}));
        BOOST_TEST(sent.type() == "RuntimeError",
                   "'" << type << "' was sent as " << sent.type()
                       << ": Python's loads() imports what it is sent, and calls it");
    }
    BOOST_TEST(text_of(python_for(std::runtime_error("\xff"))) == R"(RuntimeError["\\xff"])",
               "text that is no UTF-8 cannot be unpickled");
}

BOOST_AUTO_TEST_CASE(sends_only_what_the_constructor_takes) {
    const Value big = cookbook::messaging::from_json("1" + std::string(30, '0'));
    const Tuple place{{"f.py", 1, 2, "x"}};
    struct Row {
        std::string type;
        Tuple args;
        bool is_sent;
    };
    const Row rows[] = {
        {"UnicodeDecodeError", {{"utf-8", Bytes{"\xff"}, 0, 1, "why"}}, true},
        {"UnicodeDecodeError", {{"utf-8", "\xc3\xbf", 0, 1, "why"}}, false},
        {"UnicodeDecodeError", {{"why"}}, false},
        {"UnicodeEncodeError", {{"ascii", "x", 0, 1, "why"}}, true},
        {"UnicodeEncodeError", {{"ascii", Bytes{"x"}, 0, 1, "why"}}, false},
        {"UnicodeTranslateError", {{"x", 0, 1, "why"}}, true},
        {"UnicodeTranslateError", {}, false},
        {"SyntaxError", {{"why", place}}, true},
        {"SyntaxError", {{"why", 1}}, false},
        {"TabError", {{"why"}}, true},
        {"BlockingIOError", {{11, "why", 5}}, true},
        {"BlockingIOError", {{11, "why", 5.5}}, false},
        {"OSError", {{11, "why", big}}, false},
        {"KeyError", {{1, 2, 3, 4, 5, 6}}, true},
    };
    for (const auto& [type, args, is_sent] : rows) {
        const RemoteError sent = python_for(RemoteError(type, args));
        BOOST_TEST(sent.type() == (is_sent ? type : "TypeError"),
                   type << repr(args) << " was sent as " << sent.type()
                        << ": loads() calls the constructor, and must not fail");
    }
}

BOOST_AUTO_TEST_CASE(pickles_an_exception_as_python_does) {
    const std::string key_error =
        "\x80\x04\x8c\x08"
        "builtins\x8c\x08KeyError\x93K\x01\x85R."s;
    const KeyError error(Tuple{{1}});
    BOOST_TEST(to_hex(wrap_exception(error, Form::tuple)) == to_hex(key_error));
    BOOST_TEST(to_hex(wrap_exception(error, Form::pickle)) == to_hex(to_pickle(Bytes{key_error})));
    const Value shared = "twice";
    const RemoteError twice("KeyError", Tuple{{shared, shared}});
    BOOST_TEST(read_reply(wrap_exception(twice, Form::tuple)) == "KeyError: ('twice', 'twice')");
}

BOOST_AUTO_TEST_CASE(an_exception_arrives_as_its_own_type) {
    const auto catch_as = [](const std::string& type) {
        try {
            unwrap_reply(wrap_exception(RemoteError(type, Tuple{{"x"}}), Form::pickle),
                         Form::pickle);
        } catch (const KeyError&) {
            return "KeyError"s;
        } catch (const LookupError&) {
            return "LookupError"s;
        } catch (const RemoteError& error) {
            return "RemoteError " + error.type();
        }
        return "none"s;
    };
    BOOST_TEST(catch_as("KeyError") == "KeyError");
    BOOST_TEST(catch_as("IndexError") == "LookupError", "an IndexError is a LookupError");
    BOOST_TEST(catch_as("ValueError") == "RemoteError ValueError");
    BOOST_CHECK_THROW(raise("ConnectionResetError", Tuple{}), OSError);
}

BOOST_AUTO_TEST_CASE(reads_the_exceptions_of_every_python) {
    // pickle.dumps(ValueError("x"), 2), and 4 with a note; other modules' classes.
    BOOST_TEST(read_reply("\x80\x02"
                          "cexceptions\nValueError\nq\0X\x01\0\0\0xq\x01\x85q\x02Rq\x03."s) ==
               "ValueError: x");
    BOOST_TEST(read_reply("\x80\x04"
                          "cbuiltins\nValueError\n\x8c\x01x\x85R}\x8c\x09__notes__]\x8c\x01"
                          "nasb."s) == "ValueError: x",
               "a state is ignored");
    const std::string key_error = "cbuiltins\nKeyError\n\x8c\x01x\x85R";
    BOOST_TEST(read_reply("\x80\x04"
                          "cbuiltins\nValueError\n\x8c\x01x\x85R}\x8c\x05inner" +
                          key_error + "sb.") == "ValueError: x",
               "a state is ignored, with an exception in it");
    BOOST_TEST(
        read_reply("\x80\x04"
                   "cbuiltins\nValueError\n\x8c\x01x\x85R}\x8c\x05innercbuiltins\nKeyError\n" +
                   key_error + "\x85Rsb.") == "ValueError: x",
        "a state is ignored, with an exception in an exception in it");
    BOOST_TEST(read_reply("\x80\x04"
                          "c__main__\nMy\n\x8c\x01x\x85R."s) == "__main__.My: x");
    BOOST_TEST(read_reply("\x80\x04"
                          "cstruct\nerror\n\x8c\x01x\x85R."s) == "struct.error: x");
    BOOST_TEST(read_reply("\x80\x04"
                          "c__main__\nOuter.Inner\n)R."s) == "__main__.Outer.Inner");
    const std::string value_error = "cbuiltins\nValueError\n\x8c\x01x\x85R";
    BOOST_TEST(read_reply("\x80\x04"
                          "cbuiltins\nExceptionGroup\n\x8c\x01m](" +
                          value_error + value_error + "e\x86R.") ==
               "ExceptionGroup: ('m', [('ValueError', ('x',)), ('ValueError', ('x',))])");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_exception) {
    const std::string value_error = "cbuiltins\nValueError\n\x8c\x01x\x85R";
    for (const std::string& program :
         {"cposix\nsystem\n\x8c\x02id\x85R."s, "cbuiltins\neval\n\x8c\x02id\x85R."s,
          "cbuiltins\nrun_error\n)R."s, "cnt\nsystem\n)R."s, "c__main__\nx\x1b[2JE\n)R."s,
          "]" + value_error + "a."s, "}K\1" + value_error + "s."s,
          "cbuiltins\nKeyError\n" + value_error + "\x85R."s, "cbuiltins\nValueError\n."s}) {
        const std::string outcome = read_reply("\x80\x04" + program);
        BOOST_TEST((outcome.starts_with("pickle refused: ") || outcome.starts_with("no reply: ")),
                   in_quotes(program) << " gave " << outcome);
    }
    BOOST_TEST(read_reply(to_pickle(1), Form::pickle).starts_with("no reply: "),
               "in the form of the original every reply is a pickle in a pickle");
}

BOOST_AUTO_TEST_CASE(prints_values_and_exceptions_as_python_does) {
    const Value value =
        Tuple{{None{}, true, -1, 1.0, 1e20, "it's", Bytes{"\x00'\xff"s}, List{{}}, Tuple{{1}},
               Dict{{{"a", 1}}}, cookbook::messaging::Set{}, cookbook::messaging::FrozenSet{{1}}}};
    BOOST_TEST(
        repr(value) ==
        "(None, True, -1, 1.0, 1e+20, \"it's\", b\"\\x00'\\xff\", [], (1,), {'a': 1}, set(), "
        "frozenset({1}))");
    BOOST_TEST(repr("\n\\\x7f\xc2\x80\xc3\xa9\xed\xa0\x80") ==
               "'\\n\\\\\\x7f\\x80\xc3\xa9\\ud800'");
    Value deep;
    for (int i = 0; i < 100'000; ++i) {
        deep = List{{deep}};
    }
    BOOST_TEST(repr(deep).size() < 100U);
    BOOST_TEST(repr(std::string(1'000'000, 'x')).size() < 100'000U);
    const std::string nines(cookbook::messaging::max_digits, '9');
    BOOST_TEST((repr(cookbook::messaging::from_json(nines)) == nines));
    const Value larger = cookbook::messaging::integer_from_bytes(std::string(1800, '\x7f'));
    BOOST_TEST(repr(larger) == "...", "an int of 4,335 digits has no text form");
    BOOST_TEST(std::string(OSError(Tuple{{2, "No such file"}}).what()) ==
               "OSError: [Errno 2] No such file");
    BOOST_TEST(std::string(OSError(Tuple{{2, "No such file", "f"}}).what()) ==
               "OSError: [Errno 2] No such file: 'f'");
    BOOST_TEST(std::string(ValueError(Tuple{}).what()) == "ValueError");
}

BOOST_AUTO_TEST_SUITE_END()
