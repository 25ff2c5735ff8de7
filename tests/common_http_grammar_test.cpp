// common/http/grammar.hpp.
#include "common/http/grammar.hpp"

#include <boost/test/unit_test.hpp>
#include <string_view>
#include <vector>

using namespace cookbook;

namespace {

/// Compares copies that end where their memory does, so that AddressSanitizer sees what is read
/// behind them: Beast's iequals() (1.81) reads one byte more if the case differs.
bool same(std::string_view one, std::string_view other) {
    const std::vector<char> first(one.begin(), one.end());
    const std::vector<char> second(other.begin(), other.end());
    return http::grammar::same_name({first.data(), first.size()}, {second.data(), second.size()});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_http_grammar)

BOOST_AUTO_TEST_CASE(names_are_the_same_whatever_their_case) {
    BOOST_TEST(same("", ""));
    BOOST_TEST(same("Content-Length", "content-length"));
    BOOST_TEST(same("cHUNKED", "Chunked"));
    BOOST_TEST(!same("chunked", "chunke"));
    BOOST_TEST(!same("Content-Length", "Content_Length"));
}

BOOST_AUTO_TEST_CASE(only_letters_have_a_case) {
    BOOST_TEST(!same("[", "{"));
    BOOST_TEST(!same("@", "`"));
    BOOST_TEST(!same("\xc4", "\xe4"));
    BOOST_TEST(http::grammar::to_lower("Example.ORG@[\xc4") == "example.org@[\xc4");
}

BOOST_AUTO_TEST_SUITE_END()
