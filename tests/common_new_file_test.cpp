// common/cli/new_file.hpp: which file a path stands for.
#include "common/cli/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "common/cli/temporary_folder.hpp"

using namespace cookbook;

namespace {

void link(const std::string& target, const std::string& name) {
    std::filesystem::create_symlink(target, name);
}

void write_to(const std::string& path, const std::string& data) {
    NewFile file(path);
    file.write(data);
    file.commit();
}

std::string contents_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_new_file)

BOOST_AUTO_TEST_CASE(a_link_stands_for_its_file) {
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.file("inner"));
    link("real", folder.file("inner/link"));
    link("inner/link", folder.file("outer"));
    link(folder.file("outer"), folder.file("absolute"));
    for (const bool is_there : {false, true}) {
        for (const char* name : {"inner/real", "inner/link", "outer", "absolute"}) {
            BOOST_TEST(without_links(folder.file(name)) == folder.file("inner/real"),
                       name << (is_there ? "" : ", a link to what is not there yet"));
        }
        std::ofstream(folder.file("inner/real")) << "x";
    }
    BOOST_TEST(without_links("plan") == "plan", "what is no link keeps the name that it was given");
}

BOOST_AUTO_TEST_CASE(links_in_a_circle_have_an_end) {
    const TemporaryFolder folder;
    link("two", folder.file("one"));
    link("one", folder.file("two"));
    BOOST_TEST(without_links(folder.file("one")).parent_path() == folder.path());
}

BOOST_AUTO_TEST_CASE(what_has_no_name_keeps_its_links) {
    int ends[2] = {-1, -1};
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const std::string pipe = fmt::format("/proc/self/fd/{}", ends[1]);
    BOOST_TEST(without_links(pipe) == pipe);
    write_to(pipe, "x");
    char byte = 0;
    BOOST_TEST(::read(ends[0], &byte, 1) == 1);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(writes_the_file_behind_a_link) {
    const TemporaryFolder folder;
    link("real", folder.file("link"));
    for (const char* data : {"first", "second"}) {
        write_to(folder.file("link"), data);
        BOOST_TEST(std::filesystem::is_symlink(folder.file("link")), "the link was replaced");
        BOOST_TEST(contents_of(folder.file("real")) == data);
    }
}

BOOST_AUTO_TEST_SUITE_END()
