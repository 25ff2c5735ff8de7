// common/async/describe.hpp: exceptions in one line.
#include "common/async/describe.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <system_error>

using namespace cookbook;

BOOST_AUTO_TEST_SUITE(common_describe)

BOOST_AUTO_TEST_CASE(leaves_out_what_is_for_programmers) {
    constexpr auto refused = boost::system::errc::connection_refused;
    const auto error = make_error_code(refused);
    BOOST_TEST(describe(boost::system::system_error(error)) == "Connection refused");
    BOOST_TEST(describe(boost::system::system_error(error, "connect [::1]:1")) ==
               "connect [::1]:1: Connection refused");
    constexpr auto here = BOOST_CURRENT_LOCATION;
    BOOST_TEST(describe(boost::system::system_error({error, &here})) == "Connection refused");
}

BOOST_AUTO_TEST_CASE(keeps_other_messages_but_for_further_lines) {
    BOOST_TEST(describe(std::system_error(std::make_error_code(std::errc::io_error), "read [x]")) ==
               "read [x]: Input/output error");
    BOOST_TEST(describe(std::runtime_error("first\nsecond")) == "first");
}

BOOST_AUTO_TEST_CASE(knows_a_cancellation_in_the_words_of_both_libraries) {
    const boost::system::error_code cancelled = boost::asio::error::operation_aborted;
    const boost::system::error_code refused = boost::asio::error::connection_refused;
    BOOST_TEST(is_cancellation(boost::system::system_error(cancelled, "connect")));
    BOOST_TEST(is_cancellation(std::system_error(cancelled, "connect")));
    BOOST_TEST(!is_cancellation(boost::system::system_error(refused, "connect")));
    BOOST_TEST(!is_cancellation(std::system_error(refused, "connect")));
    BOOST_TEST(!is_cancellation(std::runtime_error("Operation canceled")));
}

BOOST_AUTO_TEST_SUITE_END()
