// common/net/secret.hpp: where keys come from, and what is left of them.
#include "common/net/secret.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/cli/temporary_folder.hpp"

using namespace cookbook;

namespace {

constexpr const char* variable = "COMMON_SECRET_TEST_KEY";

bool is_key(const Key& key, std::string_view bytes) {
    return key.bytes() == Key(bytes).bytes();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_secret)

BOOST_AUTO_TEST_CASE(a_key_comes_from_a_file) {
    const TemporaryFolder folder;
    const std::string path = folder.file("key");
    std::ofstream(path) << "secret\n";
    BOOST_TEST(is_key(Key::from_file(path), "secret"), "the line feed is an editor's");
    std::ofstream(path) << "secret \n\n";
    BOOST_TEST(is_key(Key::from_file(path), "secret \n"), "one line feed only, and nothing else");
    std::ofstream(path) << std::string(4096, 'x');
    BOOST_TEST(is_key(Key::from_file(path), std::string(4096, 'x')));
}

BOOST_AUTO_TEST_CASE(a_file_without_a_key_is_refused) {
    const TemporaryFolder folder;
    const std::string path = folder.file("key");
    BOOST_CHECK_THROW(Key::from_file(path), std::system_error);
    for (const std::string& content : {std::string(), std::string("\n"), std::string(4097, 'x')}) {
        std::ofstream(path) << content;
        BOOST_CHECK_THROW(Key::from_file(path), std::invalid_argument);
    }
    BOOST_CHECK_THROW(Key::from_file("/"), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_key_comes_from_the_environment_and_does_not_stay_there) {
    setenv(variable, "secret", 1);
    const char* const value = std::getenv(variable);
    const auto key = Key::from_environment(variable);
    BOOST_TEST_REQUIRE(key.has_value());
    BOOST_TEST(is_key(*key, "secret"));
    BOOST_TEST(!std::getenv(variable), "the key stayed in the environment");
    BOOST_TEST(value[0] == '\0', "/proc/PID/environ still shows the key");
    BOOST_TEST(!Key::from_environment(variable), "there is no such variable");
    setenv(variable, "", 1);
    BOOST_CHECK_THROW(Key::from_environment(variable), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
