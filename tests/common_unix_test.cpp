// common/net/unix.hpp: listening on UNIX sockets, and what becomes of their files.
#include "common/cli/temporary_folder.hpp"
#include "common/net/unix.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "support/async_case.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::testing;

BOOST_AUTO_TEST_SUITE(common_unix)

ASYNC_TEST_CASE(connects_to_what_listens) {
    const auto executor = co_await this_coro::executor;
    const TemporaryFolder folder;
    for (const UnixAddress& address :
         {UnixAddress{folder.file("socket")}, UnixAddress{"@" + folder.file("socket")}}) {
        auto acceptor = listen(executor, address);
        const auto client = co_await connect(address);
        const auto server = co_await acceptor.async_accept(use_awaitable);
        BOOST_TEST(server.is_open());
    }
}

ASYNC_TEST_CASE(only_the_owner_may_connect) {
    const TemporaryFolder folder;
    const auto acceptor = listen(co_await this_coro::executor, UnixAddress{folder.file("socket")});
    struct stat status{};
    BOOST_TEST_REQUIRE(stat(folder.file("socket").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0600U);
}

ASYNC_TEST_CASE(replaces_the_socket_of_a_dead_server_only) {
    const auto executor = co_await this_coro::executor;
    const TemporaryFolder folder;
    const UnixAddress address{folder.file("socket")};
    {
        const auto dead = listen(executor, address);
    }
    BOOST_TEST(std::filesystem::exists(address.path), "without a SocketFile the file stays");
    const auto alive = listen(executor, address);
    BOOST_CHECK_EXCEPTION(listen(executor, address), std::system_error,
                          says("listen on " + to_string(address) + ": Address already in use"));
}

ASYNC_TEST_CASE(replaces_no_other_file) {
    const TemporaryFolder folder;
    const UnixAddress address{folder.file("socket")};
    std::ofstream(address.path) << "precious";
    BOOST_CHECK_THROW(listen(co_await this_coro::executor, address), std::system_error);
    BOOST_TEST(std::filesystem::file_size(address.path) == 8U);
}

ASYNC_TEST_CASE(removes_its_own_file_only) {
    const auto executor = co_await this_coro::executor;
    const TemporaryFolder folder;
    const UnixAddress address{folder.file("socket")};
    {
        const auto acceptor = listen(executor, address);
        const SocketFile file(address);
    }
    BOOST_TEST(!std::filesystem::exists(address.path));
    {
        auto first = listen(executor, address);
        const SocketFile file(address);
        first.close();
        const auto second = listen(executor, address);
        BOOST_TEST(std::filesystem::exists(address.path));
        static_cast<void>(second);
    }
    BOOST_TEST(std::filesystem::exists(address.path), "the file belonged to the second server");
    {
        SocketFile file(address);
        file.release();
    }
    BOOST_TEST(std::filesystem::exists(address.path), "a file that was released stays");
}

ASYNC_TEST_CASE(says_what_failed) {
    const auto executor = co_await this_coro::executor;
    const UnixAddress nowhere{"/nonexistent/socket"};
    BOOST_CHECK_EXCEPTION(listen(executor, nowhere), std::system_error,
                          says("listen on unix:/nonexistent/socket: No such file or directory"));
    BOOST_CHECK_EXCEPTION(co_await connect(nowhere), std::system_error,
                          says("connect unix:/nonexistent/socket: No such file or directory"));
    const UnixAddress long_path{"/tmp/" + std::string(200, 'x')};
    BOOST_CHECK_EXCEPTION(listen(executor, long_path), std::system_error,
                          says("listen on " + to_string(long_path) + ": File name too long"));
}

BOOST_AUTO_TEST_SUITE_END()
