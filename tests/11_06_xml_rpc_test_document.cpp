// Recipe 11.6, the border around pugixml: what is well-formed is decided as expat decides it.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "11_06_xml_rpc/xml/characters.hpp"
#include "11_06_xml_rpc_documents.hpp"
#include "support/sanitizer.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc;
using namespace cookbook::testing;
using namespace std::string_literals;

const std::string whole_call = call_of("<value>a</value>");
const std::string whole_json = R"({"params":["a"],"method":"f"})";

void expect_not_well_formed(const std::string& document, std::string_view rule) {
    expect_document(document, "refused -32700", rule);
}

std::string to_utf16(std::string_view ascii, bool big_endian) {
    std::string bytes;
    for (const char c : ascii) {
        bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_document)

BOOST_AUTO_TEST_CASE(takes_what_is_well_formed) {
    for (const std::string& document :
         {whole_call, "\n" + whole_call + "\n", "<?xml version='1.0'?>" + whole_call,
          "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\" ?>\n" + whole_call,
          "<?xml\tversion = '1.0'\n?>" + whole_call,
          "<!-- - --><?a b?><?a?>" + whole_call + "<!----><?xml-a b?>", "\xef\xbb\xbf" + whole_call,
          "\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>" + whole_call}) {
        expect_document(document, whole_json, "it is a well-formed call");
    }
    expect_value("<value a='&lt;]]>' b=\"'&#10;\">&#97;</value>", R"("a")",
                 "attributes have no meaning");
    expect_value("<value>&lt;&gt;&amp;&quot;&apos;&#x41;&#66;&#x20AC;&#x1F600;&#00065;&#9;</value>",
                 "\"<>&\\\"'AB\u20ac\U0001F600A\\t\"", "five names, and numbers");
    expect_value("<value>]]]&gt;]] ></value>", R"("]]]>]] >")", "brackets are text");
    expect_value("<value><![CDATA[&lt;]]]]><![CDATA[>]]></value>", R"("&lt;]]>")",
                 "in CDATA nothing is a reference");
    expect_value("<value>&amp;lt;&#38;#60;</value>", R"("&lt;&#60;")",
                 "what a reference stands for is not looked at again");
    expect_value("<value>Zo\u00eb\u00a0\u0085\u8a9e</value>", "\"Zo\u00eb\u00a0\u0085\u8a9e\"",
                 "any character but those that XML excludes");
}

BOOST_AUTO_TEST_CASE(refuses_references_to_nothing) {
    for (const std::string text :
         {"&",          "a & b",         "&amp",  "&nbsp;",   "&AMP;",    "&a;",      "&#0;",
          "&#1;",       "&#x0;",         "&#xb;", "&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#xFFFF;",
          "&#x110000;", "&#4294967361;", "&#;",   "&#x;",     "&#X41;",   "&#x4G;",   "&#6 5;",
          "&#-65;",     "&#+65;",        "&;",    "&&amp;",   "& amp;",   "&#0x41;"}) {
        expect_not_well_formed(call_of("<value>" + text + "</value>"),
                               "a reference is one of five names, or the number of a character");
        expect_not_well_formed(call_of("<value a='" + text + "'/>"), "in an attribute, too");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_xml_excludes) {
    for (const std::string& text : {"\0"s, "\x01"s, "\x08"s, "\x0b"s, "\x0c"s, "\x0e"s, "\x1f"s,
                                    "\xef\xbf\xbe"s, "\xef\xbf\xbf"s}) {
        expect_not_well_formed(call_of("<value>" + text + "</value>"),
                               "XML excludes it (1.0, 2.2)");
        expect_not_well_formed(call_of("<value><![CDATA[" + text + "]]></value>"), "in CDATA, too");
        expect_not_well_formed("<!--" + text + "-->" + whole_call, "in a comment, too");
    }
    for (const std::string& text :
         {"\x80"s, "\xff"s, "\xc3"s, "\xc3("s, "\xc0\x80"s, "\xe0\x80\x80"s, "\xed\xa0\x80"s,
          "\xf4\x90\x80\x80"s, "\xf8\x88\x80\x80\x80"s, "\xe2\x82"s}) {
        expect_not_well_formed(call_of("<value>" + text + "</value>"), "it is not UTF-8");
    }
    expect_not_well_formed(whole_call + "\0"s, "a NUL after the root is no space");
    const std::string long_text = std::string(1000, 'a') + "\x01" + std::string(1000, 'a');
    expect_not_well_formed(call_of("<value>" + long_text + "</value>"), "wherever it is");
}

BOOST_AUTO_TEST_CASE(refuses_more_than_one_root_and_text_beside_it) {
    for (const std::string& document :
         {""s, " "s, "<!-- -->"s, "text"s, whole_call + "x", whole_call + ">",
          whole_call + whole_call, whole_call + "text", "text" + whole_call, whole_call + "&#32;",
          "&#32;" + whole_call, whole_call + "<![CDATA[ ]]>", "<![CDATA[]]>" + whole_call,
          whole_call + "<a/>", "\xef\xbb\xbf\xef\xbb\xbf" + whole_call,
          "<?xml version='1.0'?>\xef\xbb\xbf" + whole_call}) {
        expect_not_well_formed(document, "a document is one root, and space beside it");
    }
}

BOOST_AUTO_TEST_CASE(refuses_markup_that_is_malformed) {
    for (const std::string value : {"<value>]]></value>",
                                    "<value a='<'/>",
                                    "<value a='1' a='1'/>",
                                    "<value a='1' b='2' a='3'/>",
                                    "<value a/>",
                                    "<value a=1/>",
                                    "<value a='1'b='2'/>",
                                    "<value a='1\"/>",
                                    "<value 1='1'/>",
                                    "<value></Value>",
                                    "<value>",
                                    "</value>",
                                    "<value/ >",
                                    "< value/>",
                                    "<value></ value>",
                                    "<value><!-- -- --></value>",
                                    "<value><!-- ---></value>",
                                    "<value><!-></value>",
                                    "<value><!-- </value>",
                                    "<value><![CDATA[</value>",
                                    "<value><![cdata[]]></value>",
                                    "<value><?></value>",
                                    "<value><? a?></value>",
                                    "<value><?a </value>",
                                    "<value><?xml?></value>",
                                    "<value><?XML a?></value>",
                                    "<value><?xml version='1.0'?></value>",
                                    "<value><!a></value>",
                                    "<1value/>",
                                    "<-a/>",
                                    "<a\x80/>",
                                    "<value>\u00e9<\u00e9/></value>",
                                    "<value \u00e9=''/>",
                                    "<value",
                                    "<"}) {
        expect_not_well_formed(call_of(value),
                               "expat refuses it, or it is a name that is not ASCII");
    }
}

BOOST_AUTO_TEST_CASE(finds_an_attribute_twice_without_a_square) {
    std::string attributes;
    for (int i = 0; i < 50'000; ++i) {
        attributes += " a" + std::to_string(i) + "=''";
    }
    const auto begin = std::chrono::steady_clock::now();
    expect_value("<value" + attributes + ">a</value>", R"("a")", "each name is there once");
    expect_value("<value" + attributes + " a0=''>a</value>", "refused -32700",
                 "the first comes again");
    const auto time = std::chrono::steady_clock::now() - begin;
    constexpr std::chrono::seconds limit(COOKBOOK_SANITIZER != 0 ? 60 : 20);
    BOOST_TEST((time < limit), "comparing each with each takes minutes");
}

BOOST_AUTO_TEST_CASE(an_xml_declaration_is_at_the_start_and_strict) {
    for (const std::string declaration : {"\n<?xml version='1.0'?>",
                                          " <?xml version='1.0'?>",
                                          "<!-- --><?xml version='1.0'?>",
                                          "<?xml version='1.0'?><?xml version='1.0'?>",
                                          "<?xml?>",
                                          "<?xml ?>",
                                          "<?xml encoding='utf-8'?>",
                                          "<?xml version='2.0'?>",
                                          "<?xml version='1.'?>",
                                          "<?xml version=1.0?>",
                                          "<?xml version='1.0\"?>",
                                          "<?xml version='1.0'encoding='utf-8'?>",
                                          "<?xml version='1.0' encoding=''?>",
                                          "<?xml version='1.0' encoding=' utf-8'?>",
                                          "<?xml version='1.0' standalone='maybe'?>",
                                          "<?xml version='1.0' standalone='yes' encoding='utf-8'?>",
                                          "<?xml version='1.0' a='b'?>",
                                          "<?xml version='1.0'",
                                          "<?XML version='1.0'?>",
                                          "<?xml version='1.0' ? >"}) {
        expect_not_well_formed(declaration + whole_call,
                               "an XML declaration is at the very start, "
                               "version, encoding, standalone (XML 1.0, 2.8)");
    }
    expect_not_well_formed(whole_call + "<?xml version='1.0'?>", "it is not at the start");
}

BOOST_AUTO_TEST_CASE(reads_four_encodings) {
    const std::string value = "<value>a</value>";
    for (const bool big_endian : {true, false}) {
        const std::string mark = big_endian ? "\xfe\xff" : "\xff\xfe";
        const std::string name = big_endian ? "UTF-16BE" : "utf-16le";
        const std::string other = big_endian ? "UTF-16LE" : "utf-16be";
        for (const std::string& before :
             {""s, "<?xml version='1.0'?>"s, "<?xml version='1.0' encoding='utf-16'?>"s,
              "<?xml version='1.0' encoding='" + name + "'?>"}) {
            expect_document(mark + to_utf16(before + whole_call, big_endian), whole_json,
                            "UTF-16, as its mark says");
            expect_document(to_utf16(before + whole_call, big_endian), whole_json,
                            "UTF-16, as its first bytes say");
        }
        for (const std::string& wrong : {"utf-8"s, "iso-8859-1"s, other}) {
            expect_not_well_formed(
                mark + to_utf16("<?xml version='1.0' encoding='" + wrong + "'?>" + whole_call,
                                big_endian),
                "the declaration contradicts the mark");
        }
        expect_not_well_formed(mark + to_utf16(whole_call, big_endian) + "\n", "half a character");
        const std::string begin = to_utf16("<methodCall><methodName>", big_endian);
        const std::string end = to_utf16("</methodName></methodCall>", big_endian);
        const std::string pair = big_endian ? "\xd8\x3d\xde\x00"s : "\x3d\xd8\x00\xde"s;
        expect_document(mark + begin + pair + end, "{\"params\":[],\"method\":\"\U0001F600\"}",
                        "a surrogate pair is one character");
        expect_not_well_formed(mark + begin + pair.substr(0, 2) + end, "half a pair");
        expect_not_well_formed(mark + begin + pair.substr(2) + end, "half a pair");
        expect_not_well_formed(mark + begin + pair.substr(2) + pair.substr(0, 2) + end,
                               "a pair the wrong way round");
    }
    const auto declared = [&](const std::string& encoding, const std::string& text) {
        return "<?xml version='1.0' encoding='" + encoding + "'?>" +
               call_of("<value>" + text + "</value>");
    };
    const std::string zoe = "{\"params\":[\"Zo\u00eb\"],\"method\":\"f\"}";
    expect_document(declared("ISO-8859-1", "Zo\xeb"), zoe, "as it says");
    expect_document(declared("iso-8859-1", "Zo&#235;"), zoe, "as it says");
    expect_document(declared("utf-8", "Zo\u00eb"), zoe, "as it says");
    expect_document(declared("US-ASCII", "Zo&#xeb;"), zoe, "as it says");
    expect_not_well_formed(declared("us-ascii", "Zo\u00eb"), "that is not ASCII");
    expect_not_well_formed(declared("utf-8", "Zo\xeb"), "that is not UTF-8");
    expect_not_well_formed("\xef\xbb\xbf" + declared("iso-8859-1", "a"),
                           "the mark says UTF-8, the declaration something else");
    for (const std::string encoding : {"utf-16", "windows-1252", "koi8-r", "shift_jis", "utf-7",
                                       "utf-32", "cp037", "x-no", "iso-8859-15"}) {
        expect_not_well_formed(declared(encoding, "a"), "any other encoding is refused");
    }
}

BOOST_AUTO_TEST_CASE(a_document_is_no_deeper_than_memory) {
    const std::string deep = repeat("<a>", 100'000) + repeat("</a>", 100'000);
    expect_document(deep, "refused -32600", "it is well-formed, but no call");
    expect_not_well_formed(repeat("<a>", 100'000), "nothing of it has an end");
    expect_value(repeat("<value><array><data>", 20'000) + repeat("</data></array></value>", 20'000),
                 "refused -32600", "it is too deep");
    BOOST_TEST(value_as_json(repeat("<value><array><data>", 20'000) +
                                 repeat("</data></array></value>", 20'000),
                             {.max_depth = 20'000})
                       .size() == 40'000U,
               "how deep is a matter of the limit, not of a stack");
}

BOOST_AUTO_TEST_CASE(a_reader_goes_on_after_a_refusal) {
    Reader reader({.max_depth = 2});
    for (int i = 0; i < 3; ++i) {
        BOOST_CHECK_THROW(static_cast<void>(reader.read(call_of(nested_arrays(3)))), Refused);
        BOOST_CHECK_THROW(static_cast<void>(reader.read("<a>")), Refused);
        BOOST_CHECK_THROW(static_cast<void>(reader.read(call_of(
                              "<value><struct><member><name>a</name><value><int/></value></member>"
                              "</struct></value>"))),
                          Refused);
        BOOST_TEST(message_to_json(reader.read(call_of(nested_arrays(2)))) ==
                   R"({"params":[[[1]]],"method":"f"})");
    }
}

BOOST_AUTO_TEST_CASE(finds_the_first_forbidden_byte) {
    const std::string plain(100, 'a');
    BOOST_TEST(find_forbidden("") == std::string_view::npos);
    BOOST_TEST(find_forbidden(plain) == std::string_view::npos);
    for (const std::size_t at : {0U, 1U, 31U, 32U, 33U, 63U, 99U}) {
        for (const std::string& bad : {"\x01"s, "\xff"s, "\xef\xbf\xbf"s}) {
            const std::string text = plain.substr(0, at) + bad + plain;
            BOOST_TEST(find_forbidden(text) == at, "in front of it are " << at << " characters");
        }
        const std::string good = plain.substr(0, at) + "\u20ac" + plain;
        BOOST_TEST(find_forbidden(good) == std::string_view::npos,
                   "a character may cross any step");
    }
}

BOOST_AUTO_TEST_SUITE_END()
