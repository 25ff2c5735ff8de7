// 11.15 Control plane: the folder with all that the server needs.
#include <boost/test/unit_test.hpp>
#include <exception>
#include <filesystem>
#include <functional>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "11_10_tls/authority.hpp"
#include "11_10_tls/context.hpp"
#include "11_10_tls/replace_file.hpp"
#include "11_15_control_plane/data_folder.hpp"
#include "common/cli/temporary_folder.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::control_plane;

namespace fs = std::filesystem;

fs::perms mode_of(const fs::path& file) {
    return fs::status(file).permissions();
}

constexpr auto only_owner = fs::perms::owner_read | fs::perms::owner_write;

std::vector<std::string> contents_of(const fs::path& folder) {
    std::vector<std::string> contents;
    for (const char* name : {"admin.key", "ca.key", "ca.pem", "server.pem"}) {
        contents.push_back(tls::read_file(folder / name));
    }
    return contents;
}

std::string failure_of(const std::function<void()>& call) {
    try {
        call();
        return "";
    } catch (const std::exception& failure) {
        return failure.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_data_folder)

BOOST_AUTO_TEST_CASE(makes_a_folder_that_only_its_owner_can_read) {
    const TemporaryFolder folder;
    const fs::path data = folder.file("new/data/");
    make_data_folder(data);
    BOOST_TEST((mode_of(data) == fs::perms::owner_all));
    for (const char* name : {"admin.key", "ca.key", "server.pem"}) {
        BOOST_TEST((mode_of(data / name) == only_owner), name << " is a secret");
    }
    BOOST_TEST(read_key(data / "admin.key").size() >= 43U, "32 bytes in base64url");
    const std::vector<std::string> before = contents_of(data);
    make_data_folder(data);
    BOOST_TEST((contents_of(data) == before), "what is there stays as it is");
    fs::remove(data / "server.pem");
    make_data_folder(data);
    BOOST_TEST(contents_of(data)[2] == before[2], "the authority is still the same");
}

BOOST_AUTO_TEST_CASE(finds_one_folder_however_many_make_it_at_once) {
    const TemporaryFolder folder;
    const fs::path data = folder.file("data");
    constexpr int many = 6;
    std::vector<std::vector<std::string>> found(many);
    std::latch start(many);
    std::vector<std::jthread> threads;
    for (auto& contents : found) {
        threads.emplace_back([&] {
            start.arrive_and_wait();
            make_data_folder(data);
            contents = contents_of(data);
        });
    }
    threads.clear();
    for (const auto& contents : found) {
        BOOST_TEST((contents == found[0]), "each of two servers has keys of its own");
    }
    const tls::Authority authority = tls::Authority::from_pem(found[0][1]);
    BOOST_TEST(authority.root() == found[0][2], "ca.pem is of another authority than ca.key");
}

BOOST_AUTO_TEST_CASE(certifies_clients) {
    const TemporaryFolder folder;
    const fs::path data = folder.file("data");
    make_data_folder(data);
    const fs::path file = certify(data, "node-1.example_2");
    BOOST_TEST(file.string() == (data / "node-1.example_2.pem").string());
    BOOST_TEST((mode_of(file) == only_owner));
    const std::string authority = tls::read_file(data / "ca.pem");
    const std::string first = tls::read_file(file);
    BOOST_TEST(tls::read_file(data / "ca.pem") == authority, "the server trusts another authority");
    BOOST_TEST((certify(data, "node-1.example_2") == file));
    BOOST_TEST(tls::read_file(file) != first, "a newer one is put in its place");

    const std::vector<std::string> before = contents_of(data);
    for (const std::string& name :
         {std::string(), std::string("ca"), std::string("server"), std::string("../x"),
          std::string("a b"), std::string("é"), std::string(65, 'a')}) {
        BOOST_CHECK_THROW(certify(data, name), std::invalid_argument);
    }
    BOOST_TEST((contents_of(data) == before));
}

BOOST_AUTO_TEST_CASE(certifies_in_a_servers_folder_only) {
    const TemporaryFolder folder;
    const fs::path none = folder.file("none");
    BOOST_TEST(failure_of([&] { certify(none, "a"); }) ==
                   "read " + (none / "ca.key").string() + ": No such file or directory",
               "no server would trust an authority that is made here");
    BOOST_TEST(!fs::exists(none));
    BOOST_CHECK_THROW(certify(folder.path(), "a"), std::runtime_error);
    BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(says_which_file_is_bad) {
    const TemporaryFolder folder;
    const fs::path data = folder.file("data");
    make_data_folder(data);
    const std::string key = (data / "ca.key").string();
    fs::rename(key, folder.file("ca.key"));
    BOOST_TEST(
        failure_of([&] { certify(data, "a"); }) == "read " + key + ": No such file or directory",
        "a new key could not sign for the old ca.pem");
    tls::replace_file(key, "nothing", 0600);
    BOOST_TEST(failure_of([&] { make_data_folder(data); }) ==
               key + ": read an authority: no start line");
    BOOST_TEST(failure_of([&] { static_cast<void>(read_key(data / "none")); }) ==
               "read " + (data / "none").string() + ": No such file or directory");
    tls::replace_file(folder.file("file"), "", 0600);
    BOOST_TEST(failure_of([&] { make_data_folder(folder.file("file")); }) ==
               "write " + folder.file("file") + "/admin.key: Not a directory");
}

BOOST_AUTO_TEST_SUITE_END()
