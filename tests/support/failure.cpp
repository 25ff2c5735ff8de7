#include "support/failure.hpp"

#include <boost/test/unit_test.hpp>

namespace cookbook::testing {

void fail(const std::string& sentence, std::source_location where) {
    namespace tools = boost::test_tools::tt_detail;
    tools::report_assertion(false, BOOST_TEST_LAZY_MSG(sentence), where.file_name(), where.line(),
                            tools::CHECK, tools::CHECK_MSG, 0);
}

void hold() {
    BOOST_TEST(true);
}

}  // namespace cookbook::testing
