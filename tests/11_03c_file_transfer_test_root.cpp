// 11.3c, the folder that a server gives away.
#include <fcntl.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "11_03c_file_transfer/failure.hpp"
#include "11_03c_file_transfer_server.hpp"

using namespace cookbook;
using namespace cookbook::file_transfer;
using namespace cookbook::testing;

namespace {

/// What a peer is told; -1 if it gets the file.
int refusal_to_open(const RootFolder& root, const std::string& name) {
    try {
        static_cast<void>(root.open(name));
    } catch (const Failure& failure) {
        return static_cast<int>(failure.code().value());
    }
    return -1;
}

int refusal_to_create(const RootFolder& root, const std::string& name) {
    try {
        const Draft draft = root.create(name);
    } catch (const Failure& failure) {
        return static_cast<int>(failure.code().value());
    }
    return -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file_transfer)

BOOST_AUTO_TEST_CASE(no_name_leads_out_of_the_folder) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.file("root/below"));
    write_bytes(folder.file("secret"), "secret");
    write_bytes(folder.file("root/a"), "a");
    write_bytes(folder.file("root/below/b"), "b");
    std::filesystem::create_symlink("../secret", folder.file("root/out"));
    std::filesystem::create_symlink(folder.file("root/a"), folder.file("root/absolute"));
    std::filesystem::create_symlink("below/b", folder.file("root/in"));
    std::filesystem::create_symlink("itself", folder.file("root/itself"));
    ::mkfifo(folder.file("root/fifo").c_str(), 0600);
    const RootFolder root(folder.file("root"));
    struct Row {
        std::string name;
        int code;
    };
    for (const Row& row : std::vector<Row>{{"a", -1},
                                           {"/a", -1},
                                           {"///a", -1},
                                           {"below/b", -1},
                                           {"below/../a", -1},
                                           {"./a", -1},
                                           {"in", -1},
                                           {"none", 1},
                                           {"a/none", 1},
                                           {"A", 1},
                                           {std::string(300, 'n'), 1},
                                           {"../secret", 2},
                                           {"below/../../secret", 2},
                                           {"/../secret", 2},
                                           {"..", 2},
                                           {".", 2},
                                           {"", 2},
                                           {"/", 2},
                                           {"below", 2},
                                           {"out", 2},
                                           {"absolute", 2},
                                           {"itself", 2},
                                           {"fifo", 2}}) {
        const int code = refusal_to_open(root, row.name);
        BOOST_TEST(code == row.code,
                   "'" << row.name << "': ERROR " << code << ", not " << row.code);
    }
}

BOOST_AUTO_TEST_CASE(nothing_that_is_there_is_overwritten) {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.file("root/below"));
    write_bytes(folder.file("root/a"), "a");
    std::filesystem::create_symlink("nowhere", folder.file("root/dangling"));
    std::filesystem::create_symlink("..", folder.file("root/out"));
    const RootFolder root(folder.file("root"));
    struct Row {
        std::string name;
        int code;
    };
    for (const Row& row : std::vector<Row>{{"new", -1},
                                           {"below/new", -1},
                                           {"/new", -1},
                                           {"a", 6},
                                           {"below", 6},
                                           {"dangling", 6},
                                           {"none/new", 1},
                                           {"a/new", 1},
                                           {"../new", 2},
                                           {"out/new", 2},
                                           {"", 2},
                                           {"below/", 2},
                                           {"below/..", 2}}) {
        const int code = refusal_to_create(root, row.name);
        BOOST_TEST(code == row.code,
                   "'" << row.name << "': ERROR " << code << ", not " << row.code);
    }
    BOOST_TEST(count_files(folder.file("root")) == 4U, "a draft is left");
}

BOOST_AUTO_TEST_CASE(a_draft_is_there_once_it_is_whole) {
    const TemporaryFolder folder;
    const RootFolder root(folder.file(""));
    {
        Draft draft = root.create("a");
        draft.write("half");
        BOOST_TEST(read_bytes(folder.file("a")) == "(no file)");
        draft.write(" and half");
        draft.commit();
        BOOST_TEST(read_bytes(folder.file("a")) == "half and half");
    }
    BOOST_TEST(count_files(folder.file("")) == 1U, "the draft is left");
}

BOOST_AUTO_TEST_CASE(says_which_failures_are_a_full_disk) {
    for (const int error : {ENOSPC, EDQUOT, EFBIG, EIO}) {
        const std::system_error failure(error, std::generic_category(), "write");
        const std::optional<Error> told = to_error(failure);
        BOOST_TEST_REQUIRE(told.has_value());
        BOOST_TEST((told->code == ErrorCode::too_large) == (error != EIO), told->text);
    }
}

BOOST_AUTO_TEST_CASE(the_first_of_two_drafts_wins) {
    const TemporaryFolder folder;
    const RootFolder root(folder.file(""));
    {
        Draft first = root.create("a");
        Draft second = root.create("a");
        first.write("first");
        second.write("second");
        first.commit();
        try {
            second.commit();
            BOOST_ERROR("the file of another, complete and acknowledged, was overwritten");
        } catch (const Failure& failure) {
            BOOST_TEST((failure.code() == ErrorCode::exists));
        }
    }
    BOOST_TEST(read_bytes(folder.file("a")) == "first");
    BOOST_TEST(count_files(folder.file("")) == 1U);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_none_is_said_at_once) {
    const TemporaryFolder folder;
    write_bytes(folder.file("a"), "");
    BOOST_CHECK_THROW(RootFolder(folder.file("a")), std::system_error);
    BOOST_CHECK_THROW(RootFolder(folder.file("none")), std::system_error);
}

BOOST_AUTO_TEST_SUITE_END()
