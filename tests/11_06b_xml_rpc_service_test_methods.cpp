// Recipe 11.6b: the methods themselves.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <ctime>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "11_06b_xml_rpc_service/methods/local_time.hpp"
#include "11_06b_xml_rpc_service/methods/methods.hpp"
#include "11_06b_xml_rpc_service/table/introspection.hpp"
#include "11_06b_xml_rpc_service_callers.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc_service;
using namespace cookbook::testing;
using namespace std::string_literals;

const Caller anybody(no_roles);
const Caller everybody(admin_role);

/// The whole service's table, over a folder.
class ServiceTable {
public:
    explicit ServiceTable(const ConfinedFolder* root = nullptr) {
        add_calculator(table_);
        add_text(table_);
        add_validator(table_);
        add_system(table_, [this] { ++shutdowns_; });
        add_files(table_, root);
        add_introspection(table_);
    }

    void expect(std::string_view method, Array arguments, std::string_view expected,
                std::string_view rule = "as its help says") const {
        expect_outcome(table_, everybody, method, std::move(arguments), expected, rule);
    }
    [[nodiscard]] const MethodTable& table() const { return table_; }
    [[nodiscard]] int shutdowns() const { return shutdowns_; }

private:
    MethodTable table_;
    int shutdowns_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_service_methods)

BOOST_AUTO_TEST_CASE(calculates) {
    const ServiceTable service;
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    const std::string overflow = "beyond 64 bits there is no integer";
    service.expect("calculator.add", {2, 3}, "5");
    service.expect("calculator.subtract", {2, 3}, "-1");
    service.expect("calculator.multiply", {6, 7}, "42");
    service.expect("calculator.divide", {7, 2}, "3.5", "divide gives a double");
    service.expect("calculator.divide", {6, 2}, "3.0", "divide gives a double");
    service.expect("calculator.add", {2, 0.5}, "2.5", "an integer and a double make a double");
    service.expect("calculator.multiply", {2.0, 3}, "6.0", "a double stays a double");
    service.expect("calculator.add", {2147483647, 1}, "2147483648", "beyond 32 bits it is i8");
    service.expect("calculator.multiply", {1000000, 1000000}, "1000000000000");
    service.expect("calculator.add", {max, 1}, "fault 1", overflow);
    service.expect("calculator.subtract", {-max, 2}, "fault 1", overflow);
    service.expect("calculator.multiply", {max, 2}, "fault 1", overflow);
    service.expect("calculator.divide", {1, 0}, "fault 1", "nothing can be divided by zero");
    service.expect("calculator.divide", {1.5, -0.0}, "fault 1", "nothing can be divided by zero");
    BOOST_TEST(outcome_of(service.table(), everybody, "calculator.add", {true, 1}, true) ==
               "fault -32602: calculator.add: argument 1 must be number, not boolean");
    for (const std::string method : {"add", "subtract", "multiply", "divide"}) {
        service.expect("calculator." + method, {true, 1}, "fault -32602",
                       "a boolean is not a number");
        service.expect("calculator." + method, {"1", 1}, "fault -32602", "a text is not a number");
        service.expect("calculator." + method, {1}, "fault -32602", "two numbers");
    }
}

BOOST_AUTO_TEST_CASE(changes_texts_by_characters) {
    const ServiceTable service;
    service.expect("string.uppercase", {"Zoë я ß 1\U0001042c"}, "\"ZOË Я ß 1\U00010404\"",
                   "simple case mapping, of all of Unicode, whatever the locale is");
    service.expect("string.lowercase", {"ZOË Я ẞ İ"}, "\"zoë я ß i\"", "simple case mapping");
    service.expect("string.reverse", {"Zoë 語\U0001F600"}, "\"\U0001F600語 ëoZ\"",
                   "by characters, not by bytes");
    service.expect("string.reverse", {""}, R"("")");
    service.expect("string.uppercase", {5}, "fault -32602", "a number is not a text");
}

BOOST_AUTO_TEST_CASE(echoes) {
    const ServiceTable service;
    service.expect("system.echo", {"a"}, R"("a ")", "once, if no count is given");
    service.expect("system.echo", {"a", 3}, R"("a a a ")", "a space follows each");
    service.expect("system.echo", {"", 3}, R"("   ")", "an empty text is a space each time");
    service.expect("system.echo", {"a", 0}, R"("")", "no times is nothing");
    service.expect("system.echo", {"a", -1}, R"("")", "fewer than no times is nothing");
    service.expect("system.echo", {"a", std::numeric_limits<std::int64_t>::min()}, R"("")",
                   "fewer than no times is nothing");
    service.expect("system.echo", {}, "fault -32602", "it takes a text");
}

BOOST_AUTO_TEST_CASE(tells_the_time) {
    const ServiceTable service;
    service.expect("system.time", {""}, R"("")", "an empty format makes an empty text");
    service.expect("system.time", {"%%"}, R"("%")", "as strftime has it");
    for (const std::string format : {"%", "a%", "%E", "%-"}) {
        service.expect("system.time", {format}, '"' + format + '"', "half a conversion is none");
    }
    service.expect("system.time", {"é"}, R"("é")", "what is not a conversion is copied");
    service.expect("system.time", {std::string(64, 'x')}, '"' + std::string(64, 'x') + '"',
                   "64 bytes of format are allowed");
    service.expect("system.time", {std::string(65, 'x')}, "fault -32602", "a format has a limit");
    BOOST_TEST(outcome_of(service.table(), anybody, "system.time", {"%1024d"}).size() == 1026U,
               "1 KiB is allowed");
    service.expect("system.time", {"%1025d"}, "fault -32602", "the result has a limit");
    BOOST_TEST(outcome_of(service.table(), anybody, "system.time").size() ==
                   R"("2026-01-02 03:04:05")"s.size(),
               "date and time, if no format is given");
}

BOOST_AUTO_TEST_CASE(formats_local_times) {
    const std::time_t time = 1'700'000'000;
    std::tm local{};
    ::localtime_r(&time, &local);
    char expected[100];
    BOOST_REQUIRE(std::strftime(expected, sizeof expected, "%Y%m%dT%H:%M:%S", &local) > 0);
    BOOST_TEST(to_date_time(time).text == expected, "times are local");
    BOOST_TEST(to_date_time(time).local().has_value(), "11.6 reads it");
    BOOST_TEST((format_time(time, "", 10) == ""), "0 of strftime may be an empty text …");
    BOOST_TEST(!format_time(time, "%Y-%m-%d", 9), "… or one that does not fit");
    BOOST_TEST(format_time(time, "%Y-%m-%d", 10).has_value());
}

BOOST_AUTO_TEST_CASE(describes_the_system) {
    const ServiceTable service;
    const Value info = service.table().call(everybody, "system.info", {});
    const auto& members = *info.get_if<Struct>();
    for (const auto& [name, type] :
         std::vector<std::pair<std::string, std::string>>{{"platform", "string"},
                                                          {"version", "string"},
                                                          {"server_time", "dateTime.iso8601"},
                                                          {"pid", "int"},
                                                          {"hostname", "string"}}) {
        const Value* value = find(members, name);
        BOOST_TEST_REQUIRE(value != nullptr, "no member " << name);
        BOOST_TEST(value->type() == type);
    }
    BOOST_TEST((*find(members, "platform") == Value("linux")));
    BOOST_TEST(members.size() == 5U);
    service.expect("system.shutdown", {}, "true", "true is the last that is heard of it");
    BOOST_TEST(service.shutdowns() == 1);
    for (const std::string method : {"system.info", "system.shutdown"}) {
        expect_outcome(service.table(), Caller(files_role), method, {}, "fault 403",
                       "its role is admin");
    }
    BOOST_TEST(service.shutdowns() == 1, "only an admin may stop the server");
}

BOOST_AUTO_TEST_CASE(passes_userlands_suite) {
    const ServiceTable service;
    const Value stooges = Struct{{"moe", 1}, {"larry", 20}, {"curly", 300}, {"shemp", "no"}};
    const auto suite = [&](const std::string& test, Array arguments, std::string_view expected) {
        service.expect("validator1." + test, std::move(arguments), expected, "UserLand's suite");
    };
    suite("arrayOfStructsTest", multicall_of({stooges, stooges}), "600");
    suite("arrayOfStructsTest", multicall_of({}), "0");
    suite("arrayOfStructsTest", multicall_of({Struct{}}), "fault -32602");
    suite("arrayOfStructsTest", multicall_of({5}), "fault -32602");
    suite("countTheEntities", {"<<>&&&'\"\"\"\"x"},
          R"({"ctLeftAngleBrackets":2,"ctRightAngleBrackets":1,"ctAmpersands":3,)"
          R"("ctApostrophes":1,"ctQuotes":4})");
    suite("easyStructTest", {stooges}, "321");
    suite("easyStructTest", {Struct{{"moe", 1}, {"larry", true}, {"curly", 3}}}, "fault -32602");
    suite("echoStructTest", {stooges}, xml_rpc::to_json(stooges));
    suite("manyTypesTest",
          {1, true, "a", 2.5, xml_rpc::DateTime{"20260102T03:04:05"}, xml_rpc::Bytes{"x"}},
          R"([1,true,"a",2.5,{"dateTime.iso8601":"20260102T03:04:05"},{"base64":"eA=="}])");
    suite("moderateSizeArrayCheck", multicall_of({"first", "middle", "last"}), R"("firstlast")");
    suite("moderateSizeArrayCheck", multicall_of({"one"}), R"("oneone")");
    suite("moderateSizeArrayCheck", multicall_of({}), R"("")");
    const Value calendar = Struct{
        {"1999", Struct{}},
        {"2000", Struct{{"03", Struct{}}, {"04", Struct{{"01", stooges}, {"02", Struct{}}}}}}};
    suite("nestedStructTest", {calendar}, "321");
    suite("nestedStructTest", {Struct{}}, "fault -32602");
    suite("simpleStructReturnTest", {7}, R"({"times10":70,"times100":700,"times1000":7000})");
    suite("simpleStructReturnTest", {2147483647},
          R"({"times10":21474836470,"times100":214748364700,"times1000":2147483647000})");
    suite("simpleStructReturnTest", {std::numeric_limits<std::int64_t>::max()}, "fault 1");
    suite("easyStructTest",
          {Struct{{"moe", std::numeric_limits<std::int64_t>::max()}, {"larry", 1}, {"curly", 1}}},
          "fault 1");
}

BOOST_AUTO_TEST_CASE(describes_its_methods) {
    const ServiceTable service;
    const auto signature = [&](const std::string& method, std::string_view expected) {
        service.expect("system.methodSignature", {method}, expected,
                       "the result's type, then those of the parameters, by XML-RPC's names");
    };
    signature("validator1.easyStructTest", R"([["int","struct"]])");
    signature("validator1.arrayOfStructsTest", R"([["int","array"]])");
    signature("validator1.manyTypesTest",
              R"([["array","int","boolean","string","double","dateTime.iso8601","base64"]])");
    signature("string.reverse", R"([["string","string"]])");
    signature("system.echo", R"([["string","string"],["string","string","int"]])");
    signature("system.time", R"([["string"],["string","string"]])");
    signature("file.list", R"([["array"],["array","string"]])");
    signature("file.info", R"([["struct","string"]])");
    signature("system.listMethods", R"([["array"]])");
    signature("calculator.divide", R"([["double","double","double"]])");
    signature("calculator.add", R"("undef")");
    signature("none", "fault -32601");
    for (const auto& [name, entry] : service.table().entries()) {
        BOOST_TEST(entry.help.ends_with('.'), name << " has no sentence that says what it does");
    }
    service.expect("system.methodHelp", {"string.reverse"},
                   R"("The text with its characters in reverse order.")");
    service.expect("system.methodHelp", {"none"}, "fault -32601", "there is no such method");
}

// --- Files ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(lists_files) {
    const RootFolder folder;
    folder.write("root/folder/Zo\xc3\xab", "");
    folder.write("root/folder/\xff", "");
    folder.write("root/folder/\x01", "");
    const ConfinedFolder root(folder.root());
    const ServiceTable service(&root);
    const std::string names = R"(["100%","a.txt","folder"])";
    service.expect("file.list", {}, names, "sorted");
    service.expect("file.list", {"."}, names, "the root is a folder");
    service.expect("file.list", {"folder/.."}, names, "a .. may stay beneath");
    service.expect("file.list", {"folder"},
                   "[{\"base64\":\"AQ==\"},\"Zoë\",\"b.txt\",\"inner\",{\"base64\":\"/w==\"}]",
                   "a name that XML cannot carry is bytes, and breaks nothing");
    service.expect("file.list", {"folder/inner"}, "[]");
    service.expect("file.list", {"a.txt"}, "fault 3", "a file cannot be listed");
    service.expect("file.list", {"none"}, "fault 3", "what is not there cannot be listed");
    service.expect("file.list", {""}, "fault 3", "an empty path names nothing");
    for (const std::string& path : {".."s, "/"s, "../root-sibling"s, "a\0b"s}) {
        service.expect("file.list", {path}, "fault 2", "it leads out");
    }
    service.expect("file.list", {xml_rpc::Bytes{"."}}, "fault -32602", "paths are strings");
    expect_outcome(service.table(), anybody, "file.list", {}, "fault 403", "its role is files");
    expect_outcome(service.table(), Caller(files_role), "file.list", {}, names,
                   "its role is files");
}

BOOST_AUTO_TEST_CASE(describes_files) {
    const RootFolder folder;
    const ConfinedFolder root(folder.root());
    const ServiceTable service(&root);
    const auto info = [&](const std::string& path) {
        return service.table().call(everybody, "file.info", {path});
    };
    const Value file = info("folder/../a.txt");
    const auto& members = *file.get_if<Struct>();
    BOOST_TEST((*find(members, "filename") == Value("folder/../a.txt")), "as it was asked for");
    BOOST_TEST((*find(members, "size") == Value(6)));
    BOOST_TEST((*find(members, "is_file") == Value(true)));
    BOOST_TEST((*find(members, "is_dir") == Value(false)));
    BOOST_TEST(find(members, "modified")->type() == "dateTime.iso8601");
    BOOST_TEST(find(members, "accessed")->type() == "dateTime.iso8601");
    BOOST_TEST(members.size() == 6U);
    const Value inner = info("folder");
    BOOST_TEST((*find(*inner.get_if<Struct>(), "is_dir") == Value(true)));
    BOOST_TEST((*find(*inner.get_if<Struct>(), "is_file") == Value(false)));
    service.expect("file.info", {"none"}, "fault 4", "it is not there");
    service.expect("file.info", {"a.txt/x"}, "fault 4", "a file has no files in it");
    service.expect("file.info", {std::string(300, 'x')}, "fault 4", "a name has a limit");
    for (const std::string path : {"..", "/etc/passwd", "folder/../../root"}) {
        service.expect("file.info", {path}, "fault 2", "it leads out");
    }
    service.expect("file.info", {}, "fault -32602", "it takes a path");
}

// Not in the lab: a grader limits the size of files.
BOOST_AUTO_TEST_CASE(describes_large_files) {
    const RootFolder folder;
    folder.write("root/large", "");
    const std::string large = folder.root() + "/large";
    BOOST_REQUIRE(::truncate(large.c_str(), std::int64_t{5} << 30U) == 0);
    const ConfinedFolder root(folder.root());
    const ServiceTable service(&root);
    const Value info = service.table().call(everybody, "file.info", {"large"});
    const Value& size = *find(*info.get_if<Struct>(), "size");
    BOOST_TEST((size == Value(std::int64_t{5} << 30U)), "a size may have more than 32 bits");
    BOOST_TEST(size.type() == "i8");
}

BOOST_AUTO_TEST_CASE(a_service_without_root_has_no_files) {
    const ServiceTable service;
    service.expect("file.list", {}, "fault 3", "there is nothing to list");
    service.expect("file.info", {"a"}, "fault 4", "there is nothing to look at");
}

BOOST_AUTO_TEST_SUITE_END()
