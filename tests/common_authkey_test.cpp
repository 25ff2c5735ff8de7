// common/cli/authkey.hpp: the key in a file goes before the one in the environment.
#include "common/cli/authkey.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "common/cli/temporary_folder.hpp"

using namespace cookbook;

namespace {

std::string text_of(const Key& key) {
    return {key.bytes().begin(), key.bytes().end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_authkey)

BOOST_AUTO_TEST_CASE(a_file_goes_before_the_environment) {
    const TemporaryFolder folder;
    std::ofstream(folder.file("key")) << "in the file\n";
    setenv("LAB_AUTHKEY", "in the environment", 1);
    BOOST_TEST(text_of(read_authkey(folder.file("key"))) == "in the file");
    BOOST_TEST(text_of(read_authkey("")) == "in the environment");
    BOOST_CHECK_EXCEPTION(read_authkey(""), std::invalid_argument, [](const auto& failure) {
        return std::string(failure.what()) ==
               "no key: name its file with --authkey-file, or put it into the environment as "
               "LAB_AUTHKEY";
    });
}

BOOST_AUTO_TEST_CASE(the_option_names_the_file) {
    CLI::App app;
    std::string file;
    add_authkey_file(app, file);
    app.parse("--authkey-file /run/key");
    BOOST_TEST(file == "/run/key");
}

BOOST_AUTO_TEST_SUITE_END()
