// Recipe 11.6, the lesson: from a document to values, from values to a call and its result.
#include <boost/test/unit_test.hpp>
#include <clocale>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "11_06_xml_rpc/dispatcher.hpp"
#include "11_06_xml_rpc/proxy.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_06_xml_rpc_documents.hpp"
#include "support/allocations.hpp"
#include "support/sanitizer.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc;
using namespace cookbook::testing;
using namespace std::string_literals;

Dispatcher example_methods() {
    Dispatcher dispatcher;
    dispatcher.register_function("add", [](int a, int b) { return a + b; });
    dispatcher.register_function("half", [](double real) { return real / 2; });
    dispatcher.register_function("echo", [](Value value) { return value; });
    dispatcher.register_function("negate", [](bool truth) { return !truth; });
    dispatcher.register_function("big", [](std::int64_t number) { return number; });
    dispatcher.register_function(
        "size", [](const std::string& text) { return static_cast<int>(text.size()); });
    dispatcher.register_function("bytes", [](Bytes bytes) { return bytes; });
    dispatcher.register_function("date", [](DateTime date) { return date; });
    dispatcher.register_function("or_zero", [](std::optional<int> n) { return n.value_or(0); });
    dispatcher.register_function("sum", [](const std::vector<int>& numbers) {
        int sum = 0;
        for (const int number : numbers) {
            sum += number;
        }
        return sum;
    });
    dispatcher.register_function("names", [](const std::map<std::string, double>& members) {
        std::vector<std::string> names;
        for (const auto& [name, value] : members) {
            names.push_back(name);
        }
        return names;
    });
    dispatcher.register_function("nothing", [] {});
    dispatcher.register_function("fail", []() -> int { throw std::runtime_error("no luck"); });
    dispatcher.register_function("fault", []() -> int { throw Fault(42, "mine"); });
    return dispatcher;
}

/// What a call returns, as JSON; or "fault CODE" and, where asked for, its text.
std::string call(const std::string& method, Array arguments, bool with_text = false) {
    static const Dispatcher dispatcher = example_methods();
    try {
        return to_json(dispatcher.call(method, std::move(arguments)));
    } catch (const Fault& fault) {
        return with_text ? fault.what() : "fault " + std::to_string(fault.code);
    }
}

void expect_call(const std::string& method, Array arguments, std::string_view expected,
                 std::string_view rule) {
    const std::string shown = method + to_json(arguments);
    const std::string result = call(method, std::move(arguments));
    BOOST_TEST(result == expected,
               shown << " was " << result << ", not " << expected << ": " << rule);
}

/// Restores the locale at the end of a case.
class Locale {
public:
    explicit Locale(const char* name) : is_there_(std::setlocale(LC_ALL, name) != nullptr) {}
    ~Locale() { std::setlocale(LC_ALL, "C"); }
    Locale(const Locale&) = delete;
    Locale& operator=(const Locale&) = delete;
    [[nodiscard]] bool is_there() const { return is_there_; }

private:
    bool is_there_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc)

// --- Step 1: text in pieces ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(joins_the_pieces_of_a_text) {
    const std::string rule = "pieces of one text are one string";
    expect_value("<value><string>a&lt;b<![CDATA[<c>]]>d</string></value>", R"("a<b<c>d")", rule);
    expect_value("<value><string>a<!-- no -->b<?no no?>c</string></value>", R"("abc")",
                 "a comment or a processing instruction within a text is left out, what is around "
                 "it is one text");
    expect_value("<value>a<![CDATA[b]]><!-- no -->c</value>", R"("abc")", rule);
    expect_value("<value><int>1<!-- no -->2<![CDATA[3]]></int></value>", "123",
                 "a number may come in pieces, too");
    expect_document("<methodCall><methodName>a<![CDATA[b]]></methodName></methodCall>",
                    R"({"params":[],"method":"ab"})", "a method's name may come in pieces, too");
}

BOOST_AUTO_TEST_CASE(keeps_each_space_of_a_string) {
    const std::string rule = "each space of a string counts";
    expect_value("<value><string>  a  b \n</string></value>", R"("  a  b \n")", rule);
    expect_value("<value> a </value>", R"(" a ")", rule);
    expect_value("<value>\n</value>", R"("\n")",
                 "a <value> without element is a string, all of it");
    expect_value("<value> <![CDATA[ ]]> </value>", R"("   ")", rule);
    expect_value("<value><string>a\r\nb\rc&#13;d</string></value>", R"("a\nb\nc\rd")",
                 "line ends are read as line feeds (XML 1.0, 2.11), a reference is what it is");
}

BOOST_AUTO_TEST_CASE(a_value_without_text_is_an_empty_string) {
    for (const std::string value :
         {"<value/>", "<value></value>", "<value><string/></value>", "<value><!-- no --></value>",
          "<value><string></string></value>", "<value><![CDATA[]]></value>"}) {
        expect_value(value, R"("")", "no text is the empty text");
    }
}

BOOST_AUTO_TEST_CASE(refuses_an_element_within_a_text) {
    for (const std::string value :
         {"<value><string>a<b/>c</string></value>", "<value><int>1<int>2</int></int></value>",
          "<value><string><string>a</string></string></value>"}) {
        expect_value(value, "refused -32600", "a text has no elements");
    }
    expect_document("<methodCall><methodName><b/></methodName></methodCall>", "refused -32600",
                    "a text has no elements");
}

BOOST_AUTO_TEST_CASE(text_beside_a_type_is_dropped) {
    expect_value("<value>\n  <int>5</int>\n</value>", "5", "space around the element is layout");
    expect_value("<value>no<int>5</int>no</value>", "5",
                 "an element says the type; CPython, too, drops the text beside it");
    expect_value("<value>no<string>yes</string></value>", R"("yes")", "the element is the value");
}

// --- Step 2: arrays and structs ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(closes_an_array_onto_its_parent) {
    const std::string one = "<value><int>1</int></value>";
    const auto array = [](const std::string& items) {
        return "<value><array><data>" + items + "</data></array></value>";
    };
    expect_value(array(""), "[]", "an array may be empty");
    expect_value("<value><array><data/></array></value>", "[]", "an array may be empty");
    expect_value(array(one + one), "[1,1]", "items keep their order");
    expect_value(array(one + array(one + array("")) + one), "[1,[1,[]],1]",
                 "an inner array is one item of the outer one");
    expect_value(" <value><array>\n<data>\n" + one + "\n<!-- no --><?no no?>\n" + one +
                     " </data> </array></value>\n",
                 "[1,1]", "space, comments and instructions between elements have no meaning");
}

BOOST_AUTO_TEST_CASE(closes_a_struct_onto_its_parent) {
    const auto member = [](const std::string& name, const std::string& value) {
        return "<member><name>" + name + "</name>" + value + "</member>";
    };
    const auto a_struct = [](const std::string& members) {
        return "<value><struct>" + members + "</struct></value>";
    };
    const std::string one = "<value><int>1</int></value>";
    expect_value("<value><struct/></value>", "{}", "a struct may be empty");
    expect_value(a_struct(member("b", one) + member("a", one)), R"({"b":1,"a":1})",
                 "members keep their order");
    expect_value(
        a_struct(member("a", a_struct(member("b", one) + member("c", one))) + member("d", one)),
        R"({"a":{"b":1,"c":1},"d":1})", "the names of a struct are its own");
    expect_value(a_struct(member("a", "<value><array><data>" + a_struct(member("b", one)) + one +
                                          "</data></array></value>") +
                          member("c", one)),
                 R"({"a":[{"b":1},1],"c":1})", "items of an array have no names");
    expect_value(a_struct(member("a<!-- no -->b", one)), R"({"ab":1})",
                 "a name may come in pieces, too");
    expect_value(a_struct(member("", one)), R"({"":1})", "a name may be empty");
    expect_value(a_struct(member(" a ", one)), R"({" a ":1})", "each space of a name counts");
}

BOOST_AUTO_TEST_CASE(of_a_name_twice_the_last_counts) {
    expect_value(
        "<value><struct><member><name>a</name><value>1</value></member><member><name>b"
        "</name><value>2</value></member><member><name>a</name><value>3</value></member>"
        "</struct></value>",
        R"({"a":"3","b":"2"})", "of a name that comes twice the last value counts");
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_array_and_no_struct) {
    const std::string one = "<value><int>1</int></value>";
    for (const std::string& inner :
         {"<array/>"s, "<array>" + one + "</array>", "<array><data/><data/></array>"s,
          "<array><data><int>1</int></data></array>"s, "<array><data>x</data></array>"s,
          "<struct><name>a</name></struct>"s, "<struct>" + one + "</struct>",
          "<struct><member>" + one + "</member></struct>",
          "<struct><member><name>a</name></member></struct>"s,
          "<struct><member><name>a</name>" + one + one + "</member></struct>",
          "<struct><member/></struct>"s}) {
        expect_value("<value>" + inner + "</value>", "refused -32600",
                     "an array is <array><data> and values, a member a name and a value");
    }
}

// --- Step 3: what is refused ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_what_is_nested_too_deep) {
    const ReadLimits limits = {.max_depth = 5};
    BOOST_TEST(value_as_json(nested_arrays(5), limits) == "[[[[[1]]]]]",
               "as deep as the limit is allowed");
    BOOST_TEST(value_as_json(nested_arrays(6), limits) == "refused -32600",
               "an array within five others exceeds a limit of five");
    const std::string structs = repeat("<value><struct><member><name>a</name>", 6) + "<value/>" +
                                repeat("</member></struct></value>", 6);
    BOOST_TEST(value_as_json(structs, limits) == "refused -32600",
               "a struct is as deep as an array");
    BOOST_TEST(value_as_json(nested_arrays(101)) == "refused -32600",
               "the limit is 100 by default");
    BOOST_TEST(value_as_json(nested_arrays(100)).starts_with("[["), "the limit is 100 by default");
}

BOOST_AUTO_TEST_CASE(refuses_any_doctype) {
    const std::string with_entity = call_of("<value>&a;</value>");
    for (const std::string& before :
         {"<!DOCTYPE a>"s, "<!DOCTYPE methodCall [<!ENTITY a 'b'>]>"s,
          "<?xml version='1.0'?>\n<!-- no -->\n<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'>"s,
          "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>"s}) {
        expect_document(before + with_entity, "refused -32600",
                        "a DOCTYPE may define entities: files of ours, gigabytes of text");
        expect_document(before + call_of("<value/>"), "refused -32600",
                        "a DOCTYPE is refused whether it defines something or not");
    }
    expect_document(call_of("<value/>") + "<!DOCTYPE a>", "refused -32600",
                    "a DOCTYPE is refused wherever it is");
    expect_value("<value><!DOCTYPE a></value>", "refused -32600",
                 "a DOCTYPE is refused wherever it is");
}

BOOST_AUTO_TEST_CASE(refuses_too_many_values) {
    const std::string items = repeat("<value><int>1</int></value>", 9);
    const std::string array = "<value><array><data>" + items + "</data></array></value>";
    BOOST_TEST(value_as_json(array, {.max_values = 10}) == "[1,1,1,1,1,1,1,1,1]",
               "nine items and their array are ten values");
    BOOST_TEST(value_as_json(array, {.max_values = 9}) == "refused -32600",
               "ten values exceed a limit of nine");
    const std::string params = repeat("<param><value/></param>", 11);
    BOOST_TEST(read_as_json("<methodCall><methodName>f</methodName><params>" + params +
                                "</params></methodCall>",
                            {.max_values = 10}) == "refused -32600",
               "the values of all arguments count together");
}

// --- Step 4: arguments ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(calls_a_function_by_name) {
    expect_call("add", {2, 3}, "5", "the function adds");
    expect_call("half", {3}, "1.5", "a double takes an integer");
    expect_call("half", {2.0}, "1.0", "a double is a double");
    expect_call("negate", {true}, "false", "a bool is a <boolean>");
    expect_call("big", {std::int64_t{1} << 40}, "1099511627776", "an int64 has 64 bits");
    expect_call("size", {"four"}, "4", "a std::string is a <string>");
    expect_call("bytes", {Bytes{"\x01"}}, R"({"base64":"AQ=="})", "Bytes are <base64>");
    expect_call("date", {DateTime{"20260102T03:04:05"}},
                R"({"dateTime.iso8601":"20260102T03:04:05"})", "a DateTime is what it says");
    expect_call("or_zero", {7}, "7", "an optional takes its type");
    expect_call("or_zero", {Nil{}}, "0", "nothing is <nil/>");
    expect_call("or_zero", {}, "0", "an optional argument at the end may be left out");
    expect_call("sum", {Value(Array{1, 2, 3})}, "6", "a vector is an <array>");
    expect_call("sum", {Value(Array{})}, "0", "of no items, too");
    expect_call("names", {Struct{{"b", 1}, {"a", 2.5}}}, R"(["a","b"])", "a map is a <struct>");
    expect_call("nothing", {}, "null", "a function that returns nothing returns <nil/>");
    expect_call("echo", {Struct{{"a", Array{Nil{}}}}}, R"({"a":[null]})", "a Value is anything");
}

BOOST_AUTO_TEST_CASE(refuses_another_number_of_arguments) {
    for (const Array& arguments : {Array{}, Array{1}, Array{1, 2, 3}}) {
        expect_call("add", arguments, "fault -32602", "the function takes two arguments");
    }
    expect_call("nothing", {Nil{}}, "fault -32602", "the function takes none");
    expect_call("or_zero", {1, 2}, "fault -32602", "the function takes one at most");
    BOOST_TEST(call("add", {1}, true) == "fault -32602: add: takes 2 arguments, not 1",
               "the text says what would be right");
    BOOST_TEST(call("or_zero", {1, 2}, true) ==
               "fault -32602: or_zero: takes 0 to 1 argument, not 2");
}

BOOST_AUTO_TEST_CASE(refuses_arguments_of_another_type) {
    const std::string rule = "the function's signature is the contract of the call";
    const std::vector<std::pair<std::string, Array>> calls = {
        {"add", {1, "2"}},
        {"add", {1, 2.0}},
        {"add", {1, true}},
        {"add", {1, Nil{}}},
        {"add", {1, std::int64_t{1} << 31}},
        {"add", {-1 - (std::int64_t{1} << 31), 1}},
        {"half", {"1"}},
        {"half", {true}},
        {"negate", {1}},
        {"size", {Bytes{"a"}}},
        {"bytes", {"a"}},
        {"date", {"20260102T03:04:05"}},
        {"or_zero", {"1"}},
        {"sum", {1}},
        {"sum", {Value(Array{1, "2"})}},
        {"sum", {Value(Array{Value(Array{1})})}},
        {"names", {Value(Array{})}},
        {"names", {Struct{{"a", "b"}}}}};
    for (const auto& [method, arguments] : calls) {
        expect_call(method, arguments, "fault -32602", rule);
    }
    BOOST_TEST(
        call("add", {1, "2"}, true) == "fault -32602: add: argument 2 must be int, not string",
        "the text says which argument is wrong, and how");
    BOOST_TEST(call("add", {std::int64_t{1} << 31, 2}, true) ==
               "fault -32602: add: argument 1 must be int, not i8");
}

BOOST_AUTO_TEST_CASE(a_function_that_fails_is_a_fault) {
    expect_call("subtract", {1, 2}, "fault -32601", "there is no such method");
    BOOST_TEST(call("fail", {}, true) == "fault 1: no luck",
               "what a function throws is fault 1, as CPython has it, with its text");
    BOOST_TEST(call("fault", {}, true) == "fault 42: mine", "a Fault of its own passes as it is");
}

BOOST_AUTO_TEST_CASE(a_method_knows_its_signature) {
    const Dispatcher dispatcher = example_methods();
    std::string shown;
    for (const auto& [name, method] : dispatcher.methods()) {
        shown.append(method.result).append(" ").append(name).append("(");
        for (const Parameter& parameter : method.parameters) {
            shown.append(parameter.type).append(parameter.is_optional ? "? " : " ");
        }
        shown += ") ";
    }
    BOOST_TEST(shown ==
                   "int add(int int ) i8 big(i8 ) base64 bytes(base64 ) "
                   "dateTime.iso8601 date(dateTime.iso8601 ) value echo(value ) int fail() "
                   "int fault() double half(double ) array names(struct ) boolean negate(boolean ) "
                   "nil nothing() int or_zero(int? ) int size(string ) int sum(array ) ",
               "the table was " << shown);
    BOOST_TEST(dispatcher.methods().at("or_zero").required() == 0U);
    BOOST_TEST(dispatcher.methods().at("add").required() == 2U);
}

// --- Step 5: results and faults ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_fault_is_thrown) {
    const auto read = [](std::string_view document) { return result_of(Reader().read(document)); };
    const std::string fault =
        "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>4</int>"
        "</value></member><member><name>faultString</name><value>Too many</value></member>"
        "</struct></value></fault></methodResponse>";
    BOOST_CHECK_EXCEPTION(read(fault), Fault, says("fault 4: Too many"));
    BOOST_CHECK_EXCEPTION(read(fault), Fault, [](const Fault& thrown) {
        return thrown.code == 4 && thrown.text == "Too many";
    });
}

BOOST_AUTO_TEST_CASE(a_result_is_one_value) {
    const auto response = [](std::string_view params) {
        return "<methodResponse>" + std::string(params) + "</methodResponse>";
    };
    const auto read = [&](std::string_view params) {
        return result_of(Reader().read(response(params)));
    };
    BOOST_TEST(to_json(read("<params><param><value><int>5</int></value></param></params>")) == "5",
               "the value of a response is the result");
    for (const std::string params :
         {"", "<params/>", "<params></params>",
          "<params><param><value/></param><param><value/></param></params>"}) {
        BOOST_CHECK_THROW(static_cast<void>(read(params)), Refused);
    }
    BOOST_CHECK_THROW(static_cast<void>(result_of(Reader().read(call_of("<value/>")))), Refused);
}

// --- Scalars -------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_integers) {
    for (const std::string type : {"int", "i4", "i8", "i1", "i2", "biginteger"}) {
        const auto element = [&](const std::string& text) {
            return "<value><" + type + ">" + text + "</" + type + "></value>";
        };
        expect_value(element("-5"), "-5", "an integer may have a sign");
        expect_value(element("+5"), "5", "an integer may have a sign");
        expect_value(element(" \n\t007\r "), "7",
                     "space around it and zeros before it do not count");
        expect_value(element("9223372036854775807"), "9223372036854775807", "within 64 bits");
        expect_value(element("-9223372036854775808"), "-9223372036854775808", "within 64 bits");
        for (const std::string text :
             {"", " ", "+", "-", "--5", "+-5", "- 5", "5 5", "5.0", "1e3", "0x10", "five",
              "9223372036854775808", "-9223372036854775809", "99999999999999999999", "5a",
              "1_000"}) {
            expect_value(element(text), "refused -32600", "that is not an integer of 64 bits");
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_booleans) {
    expect_value("<value><boolean>1</boolean></value>", "true", "1 is true");
    expect_value("<value><boolean>0</boolean></value>", "false", "0 is false");
    for (const std::string text : {"", " 1", "1 ", "01", "2", "true", "-1"}) {
        expect_value("<value><boolean>" + text + "</boolean></value>", "refused -32600",
                     "a boolean is 0 or 1, and no space");
    }
}

BOOST_AUTO_TEST_CASE(reads_doubles_whatever_the_locale_is) {
    const Locale german("de_DE.UTF-8");
    BOOST_TEST_MESSAGE("a German locale: " << german.is_there());
    const std::vector<std::pair<std::string, std::string>> doubles = {
        {"1.5", "1.5"},
        {" -1.5\n", "-1.5"},
        {"+1.5", "1.5"},
        {"2", "2.0"},
        {".5", "0.5"},
        {"5.", "5.0"},
        {"1e3", "1000.0"},
        {"1E+3", "1000.0"},
        {"-0.0", "-0.0"},
        {"0.1", "0.1"},
        {"1e16", "1e+16"},
        {"123456789012345680", "1.2345678901234568e+17"},
        {"2.2250738585072011e-308", "2.225073858507201e-308"},
        {"9007199254740993", "9007199254740992.0"},
        {"9007199254740993.0000000000000000000000000000000000000000000000001",
         "9007199254740994.0"},
        {"1e999", R"({"double":"inf"})"},
        {"-1e999", R"({"double":"-inf"})"},
        {"1e-999", "0.0"},
        {"0e999999999999", "0.0"},
        {"inf", R"({"double":"inf"})"},
        {"-inf", R"({"double":"-inf"})"},
        {"Infinity", R"({"double":"inf"})"},
        {"nan", R"({"double":"nan"})"},
        {"NaN", R"({"double":"nan"})"}};
    for (const auto& [text, json] : doubles) {
        expect_value("<value><double>" + text + "</double></value>", json,
                     "the nearest double, by a point whatever the locale is");
        expect_value("<value><float>" + text + "</float></value>", json, "<float> is the same");
    }
    for (const std::string text : {"", " ", ".", "+", "1,5", "1.5.", "0x1p3", "0x10", "1e", "e5",
                                   "--1", "+-1", "1 5", "infinit", "nan(1)", "1_0.5"}) {
        expect_value("<value><double>" + text + "</double></value>", "refused -32600",
                     "that is not a decimal number");
    }
}

BOOST_AUTO_TEST_CASE(reads_base64) {
    const auto element = [](const std::string& text) {
        return "<value><base64>" + text + "</base64></value>";
    };
    expect_value(element(""), R"({"base64":""})", "no bytes");
    expect_value(element("AP8="), R"({"base64":"AP8="})", "two bytes");
    expect_value(element(" A\nP\r\n8 =\t"), R"({"base64":"AP8="})", "space may be anywhere");
    expect_value(element("+/+/"), R"({"base64":"+/+/"})", "the alphabet of RFC 4648, 4");
    for (const std::string text :
         {"AP8", "A", "A===", "====", "AP8==", "AP=8", "AP8=AP8=", "-_-_", "AP8*", "AP8=="}) {
        expect_value(element(text), "refused -32600",
                     "padding is required, other characters are not");
    }
}

BOOST_AUTO_TEST_CASE(keeps_a_date_as_text) {
    expect_value("<value><dateTime.iso8601> 20260102T03:04:05 </dateTime.iso8601></value>",
                 R"({"dateTime.iso8601":"20260102T03:04:05"})", "space around it does not count");
    expect_value("<value><dateTime.iso8601>tomorrow</dateTime.iso8601></value>",
                 R"({"dateTime.iso8601":"tomorrow"})", "what it says is between the peers");
}

BOOST_AUTO_TEST_CASE(a_date_has_a_local_time) {
    using namespace std::chrono;
    const DateTime::Local noon = local_days(2026y / 1 / 2) + 12h + 34min + 56s;
    for (const std::string text :
         {"20260102T12:34:56", "2026-01-02T12:34:56", "20260102T123456", "2026-01-02T123456",
          "20260102T12:34:56Z", "20260102T12:34:56+01:00", "20260102T12:34:56-0330",
          "20260102T12:34:56+01"}) {
        BOOST_TEST((DateTime{text}.local() == noon),
                   text << " is twelve, 34 minutes and 56 seconds");
    }
    for (const std::string text :
         {"20260102T12:34:56.5", "20260102T12:34:56,500", "20260102T12:34:56.500000999Z"}) {
        BOOST_TEST((DateTime{text}.local() == noon + 500ms), text << " is half a second later");
    }
    for (const std::string text :
         {"", "20260102", "20260102 12:34:56", "20260230T12:34:56", "20261301T12:34:56",
          "20260102T24:00:00", "20260102T12:60:00", "20260102T12:34:60", "2026010T12:34:56",
          "20260102T12:34:5", "20260102T12:34:56.", "20260102T12:34:56z", "20260102T12:34:56+1",
          "20260102T12:34:56 ", "2026-0102T12:34:56", "202601-02T12:34:56"}) {
        BOOST_TEST(!DateTime{text}.local().has_value(), text << " is not a date and a time");
    }
}

BOOST_AUTO_TEST_CASE(reads_nil_and_ignores_prefixes) {
    expect_value("<value><nil/></value>", "null", "nil is null");
    expect_value("<value><nil> </nil></value>", "null", "nil is null");
    expect_value("<value><nil>x</nil></value>", "refused -32600", "nil is empty");
    expect_value("<value><ex:nil/></value>", "null", "a prefix is ignored, declared or not");
    expect_value("<value><ex:i8>5</ex:i8></value>", "5", "a prefix is ignored, declared or not");
    expect_value(
        "<value xmlns:ex='http://ws.apache.org/xmlrpc/namespaces/extensions'>"
        "<ex:i8 ex:a='b' c=\"d\">5</ex:i8></value>",
        "5", "attributes have no meaning");
    expect_document("<a:methodCall xmlns:a='b'><a:methodName>f</a:methodName></a:methodCall>",
                    R"({"params":[],"method":"f"})", "a prefix is ignored everywhere");
    for (const std::string value :
         {"<value><number>5</number></value>", "<value><Int>5</Int></value>",
          "<value><int5/></value>", "<value><int>1</int><int>2</int></value>",
          "<value><value>1</value></value>"}) {
        expect_value(value, "refused -32600", "an unknown type is no value");
    }
}

// --- Messages ------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_calls_and_responses) {
    const std::string name = "<methodName>f</methodName>";
    for (const std::string params :
         {"", "<params/>", "<params></params>", " <params>\n</params> "}) {
        expect_document("<methodCall>" + name + params + "</methodCall>",
                        R"({"params":[],"method":"f"})", "params may be absent or empty");
    }
    expect_document(
        "<methodResponse><params><param><value>a</value></param></params>"
        "</methodResponse>",
        R"({"params":["a"]})", "a response has no method");
    for (const std::string document :
         {"<methodCall/>", "<methodCall><params/></methodCall>", "<call/>", "<html></html>",
          "<methodCall><params/><methodName>f</methodName></methodCall>",
          "<methodCall><methodName>f</methodName><params/><params/></methodCall>",
          "<methodCall><methodName>f</methodName><methodName>f</methodName></methodCall>",
          "<methodCall><methodName>f</methodName>text</methodCall>",
          "<methodCall><methodName>f</methodName><params><value/></params></methodCall>",
          "<methodCall><methodName>f</methodName><params><param/></params></methodCall>",
          "<methodCall><methodName>f</methodName><params><param><value/><value/></param></params>"
          "</methodCall>",
          "<methodResponse><value/></methodResponse>", "<methodResponse><fault/></methodResponse>",
          "<methodResponse><params/><params/></methodResponse>",
          "<methodResponse><fault><value>text</value></fault></methodResponse>",
          "<methodResponse><fault><value><struct/></value></fault></methodResponse>"}) {
        expect_document(document, "refused -32600",
                        "it is well-formed, but neither call nor response");
    }
}

BOOST_AUTO_TEST_CASE(writes_as_cpython_does) {
    std::string written;
    write_call(written, "f<", Array{1, "a", Array{true, Nil{}}});
    BOOST_TEST(written ==
               "<?xml version='1.0'?>\n<methodCall>\n<methodName>f&lt;</methodName>\n<params>\n"
               "<param>\n<value><int>1</int></value>\n</param>\n"
               "<param>\n<value><string>a</string></value>\n</param>\n"
               "<param>\n<value><array><data>\n<value><boolean>1</boolean></value>\n"
               "<value><nil/></value></data></array></value>\n</param>\n"
               "</params>\n</methodCall>\n");
    written.clear();
    write_result(written, Struct{{"a&b", 2.0}, {"c", Bytes{std::string(58, 'x')}}});
    BOOST_TEST(written ==
               "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><struct>\n"
               "<member>\n<name>a&amp;b</name>\n<value><double>2.0</double></value>\n</member>\n"
               "<member>\n<name>c</name>\n<value><base64>\n" +
                   repeat("eHh4", 19) + "\neA==\n</base64></value>\n</member>\n" +
                   "</struct></value>\n</param>\n</params>\n</methodResponse>\n");
    written.clear();
    write_fault(written, Fault(-32601, "no method"));
    BOOST_TEST(written ==
               "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n<member>\n"
               "<name>faultCode</name>\n<value><int>-32601</int></value>\n</member>\n<member>\n"
               "<name>faultString</name>\n<value><string>no method</string></value>\n</member>\n"
               "</struct></value>\n</fault>\n</methodResponse>\n");
}

BOOST_AUTO_TEST_CASE(reads_what_it_has_written) {
    const Array values = {0,
                          -1,
                          2147483647,
                          2147483648,
                          std::numeric_limits<std::int64_t>::min(),
                          true,
                          Nil{},
                          0.1,
                          1e-300,
                          1e22,
                          5e-324,
                          1.7976931348623157e308,
                          -0.0,
                          std::numeric_limits<double>::infinity(),
                          "",
                          " <&>]]>\"' \t\n ",
                          "a\r\nb\rc",
                          "Zoë 語 \U0001F600",
                          Bytes{},
                          Bytes{std::string("\0\xff", 2)},
                          Bytes{std::string(57, 'x')},
                          DateTime{"20260102T03:04:05"},
                          Array{},
                          Struct{},
                          Struct{{"", Array{Struct{{"<&>\r", Array{1, 2}}}}}}};
    std::string written;
    write_call(written, "f", values);
    const Message message = Reader().read(written);
    BOOST_TEST((std::get<Call>(message).params == values), "it was " << message_to_json(message));
    BOOST_TEST(written.find("<i8>2147483648</i8>") != written.npos, "<i8> beyond 32 bits");
    BOOST_TEST(written.find("<int>2147483647</int>") != written.npos, "<int> within 32 bits");
    BOOST_TEST(written.find("a&#13;\nb&#13;c") != written.npos,
               "a raw carriage return would be read as a line feed (XML 1.0, 2.11)");
}

BOOST_AUTO_TEST_CASE(writes_nothing_that_nobody_can_read) {
    for (const std::string& text :
         {"\0"s, "\x01"s, "\x08"s, "\x0b"s, "\x0c"s, "\x0e"s, "\x1f"s, "\xef\xbf\xbe"s,
          "\xef\xbf\xbf"s, "\xed\xa0\x80"s, "\xff"s, "\xc3"s, "\xc0\x80"s, "\xf4\x90\x80\x80"s}) {
        for (const Array& params : {Array{"a" + text}, Array{Struct{{text, 1}}},
                                    Array{DateTime{text}}, Array{Array{1, text}}}) {
            std::string written = "kept";
            BOOST_CHECK_THROW(write_call(written, "f", params), Unwritable);
            BOOST_TEST(written == "kept", "of a call that cannot be written nothing is left");
        }
        std::string written;
        BOOST_CHECK_THROW(write_call(written, text, {}), Unwritable);
        BOOST_CHECK_THROW(write_result(written, text), Unwritable);
        BOOST_CHECK_THROW(write_fault(written, Fault(1, text)), Unwritable);
    }
    std::string written;
    write_result(written, "\t\n \x7f\xc2\x80\xef\xbf\xbd");
    BOOST_TEST(!written.empty(), "all other characters can be written");
}

// --- Values --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_value_is_no_deeper_than_memory) {
    // More levels than a stack of 8 MiB holds, even if each takes little of it.
    constexpr std::size_t depth = COOKBOOK_SANITIZER != 0 ? 50'000 : 200'000;
    Value deep = 1;
    for (std::size_t i = 0; i < depth; ++i) {
        deep = i % 2 == 0 ? Value(Array{}) : Value(Struct{{"a", std::move(deep)}});
        if (auto* items = deep.get_if<Array>()) {
            items->push_back(i == 0 ? Value(1) : Value(Nil{}));
        }
    }
    Value arrays;
    for (std::size_t i = 0; i < depth; ++i) {
        Array items;
        items.push_back(std::move(arrays));
        arrays = std::move(items);
    }
    const Value copy = arrays;  // NOLINT(performance-unnecessary-copy-initialization)
    BOOST_TEST((copy == arrays), "copied, compared and destroyed without recursion");
    BOOST_TEST(to_json(copy).size() == 2 * depth + 4, "walked without recursion");
}

BOOST_AUTO_TEST_CASE(a_value_is_taken_apart_once) {
    Array items;
    for (int i = 0; i < 1000; ++i) {
        items.emplace_back(Array{Value(Array{})});
    }
    std::optional<Value> value(std::move(items));
    const CountAllocations allocations;
    value.reset();
    BOOST_TEST(allocations.count() < 100U, "what has been taken out of an array was taken again: "
                                               << allocations.count()
                                               << " allocations to destroy 1,000 arrays");
}

BOOST_AUTO_TEST_CASE(compares_values) {
    const Value value = Struct{{"a", Array{1, 2.0, "x", Bytes{"x"}, Nil{}}}};
    BOOST_TEST((value == Value(Struct{{"a", Array{1, 2.0, "x", Bytes{"x"}, Nil{}}}})));
    for (const Value& other : {Value(Struct{{"b", Array{1, 2.0, "x", Bytes{"x"}, Nil{}}}}),
                               Value(Struct{{"a", Array{1, 2.0, "x", Bytes{"x"}}}}),
                               Value(Struct{{"a", Array{1, 2, "x", Bytes{"x"}, Nil{}}}}),
                               Value(Struct{{"a", Array{1, 2.0, "x", "x", Nil{}}}}),
                               Value(Struct{{"a", Array{true, 2.0, "x", Bytes{"x"}, Nil{}}}}),
                               Value(Struct{}), Value(Array{})}) {
        BOOST_TEST(!(value == other), to_json(other) << " is not " << to_json(value));
    }
}

// --- JSON ----------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(writes_json_as_it_reads_it) {
    for (const std::string json : {"null",
                                   "true",
                                   "-5",
                                   "2147483648",
                                   "-9223372036854775808",
                                   "2.0",
                                   "1e+22",
                                   "-0.0",
                                   R"("")",
                                   R"("a\"\\\n\u0001é")",
                                   R"({"base64":"AP8="})",
                                   R"({"dateTime.iso8601":"x"})",
                                   R"({"double":"inf"})",
                                   R"({"double":"-inf"})",
                                   R"({"double":"nan"})",
                                   "[]",
                                   "{}",
                                   R"([1,[2.5,{"a":null}]])",
                                   R"({"struct":{"base64":"AP8="}})",
                                   R"({"struct":{"struct":1}})",
                                   R"({"struct":{"struct":{}}})",
                                   R"({"base64":"AP8=","double":"inf"})",
                                   R"({"struct":{"double":{"double":"inf"}}})",
                                   R"({"a":{"struct":{"double":1}}})"}) {
        BOOST_TEST(to_json(from_json(json)) == json,
                   json << " became " << to_json(from_json(json)));
    }
    BOOST_TEST(to_json(from_json(" [ 2.0 , 1E2, 1.0e0 ] ")) == "[2.0,100.0,1.0]",
               "a number with a point or an exponent is a double");
    BOOST_TEST(to_json(from_json(R"({"a":1,"b":2,"a":3})")) == R"({"a":3,"b":2})",
               "of a name twice the last counts");
    BOOST_TEST(to_json(from_json(R"({"struct":{"a":1}})")) == R"({"a":1})",
               "a struct may say so although it need not");
    BOOST_TEST(to_json(from_json("0.1234567890123456789012345")) == "0.12345678901234568",
               "to the nearest double");
    BOOST_TEST(to_json(from_json("1e-400")) == "0.0", "to the nearest double");
}

BOOST_AUTO_TEST_CASE(refuses_json_that_xml_rpc_cannot_carry) {
    for (const std::string& json : {"9223372036854775808"s,
                                    "-9223372036854775809"s,
                                    "99999999999999999999"s,
                                    "1e400"s,
                                    R"({"base64":5})"s,
                                    R"({"base64":"AP8"})"s,
                                    R"({"double":1.5})"s,
                                    R"({"double":"1.5"})"s,
                                    R"({"dateTime.iso8601":null})"s,
                                    R"({"struct":5})"s,
                                    R"({"struct":[]})"s,
                                    ""s,
                                    "x"s,
                                    "1 2"s,
                                    "[1,]"s,
                                    "{1:2}"s,
                                    "'a'"s,
                                    R"("\ud800")"s,
                                    "\"\xff\""s,
                                    repeat("[", 1001) + "]",
                                    "nul"s}) {
        BOOST_CHECK_THROW(static_cast<void>(from_json(json)), JsonError);
    }
    BOOST_TEST(to_json(from_json(repeat("[", 1000) + repeat("]", 1000))).size() == 2000U);
}

BOOST_AUTO_TEST_SUITE_END()
