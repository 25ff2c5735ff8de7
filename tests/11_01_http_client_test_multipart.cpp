// Recipe 11.1, multipart bodies: as browsers write them, as servers read them, streamed.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "11_01_http_client/message/multipart_body.hpp"
#include "11_05_rest_interface/multipart.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

/// All that a body sends.
asio::awaitable<std::string> read_all(const Body& body) {
    std::string data;
    for (;;) {
        const std::string_view more = co_await body.source()->read_some();
        if (more.empty()) {
            co_return data;
        }
        data += more;
    }
}

std::string boundary_of(const Body& body) {
    return rest_interface::boundary_of(body.content_type()).value();
}

void put_file(const std::string& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_multipart)

ASYNC_TEST_CASE(a_form_is_written_as_browsers_write_it) {
    const TemporaryFolder folder;
    put_file(folder.file("a.bin"), "\r\n--x\n");
    const Body body = multipart_body({{"name", Body("Ann")},
                                      {"json", Body("{}", "application/json")},
                                      FormPart::file("file", folder.file("a.bin"))});
    const std::string mark = "--" + boundary_of(body) + "\r\n";
    const std::string data = co_await read_all(body);
    const std::string expected =
        mark + "Content-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n" + mark +
        "Content-Disposition: form-data; name=\"json\"\r\n"
        "Content-Type: application/json\r\n\r\n{}\r\n" +
        mark +
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n\r\n--x\n\r\n" +
        mark.substr(0, mark.size() - 2) + "--\r\n";
    BOOST_TEST(data == expected);
    BOOST_TEST((body.size() == data.size()), "Content-Length is what is sent");
}

ASYNC_TEST_CASE(names_cannot_break_the_form) {
    const Body body = multipart_body({{"a\"b\r\nc%\xc3\xa9\\", Body("1")},
                                      {"f", Body("2"), "../../etc/\"x\"\n;y"},
                                      {"g", Body("3"), ""}});
    const std::string data = co_await read_all(body);
    BOOST_TEST(data.find("name=\"a%22b%0D%0Ac%\xc3\xa9\\\"\r\n") != data.npos,
               "quotes and line ends are encoded, all else is raw UTF-8 (HTML, 4.10.21.8)");
    BOOST_TEST(data.find("filename=\"%22x%22%0A;y\"\r\n") != data.npos,
               "a file name has no folders");
    BOOST_TEST(data.find("name=\"g\"; filename=\"\"\r\n") != data.npos, "no file was chosen");
    BOOST_CHECK_THROW(static_cast<void>(multipart_body({{"a", Body("1", "text/plain\r\nX: y")}})),
                      std::invalid_argument);
}

ASYNC_TEST_CASE(a_server_reads_what_was_sent) {
    const TemporaryFolder folder;
    const std::string content(1'000'000, '\n');
    put_file(folder.file("a.bin"), content);
    const Body body = multipart_body({{"text", Body("\r\n--\r\n")},
                                      {"none", {}},
                                      FormPart::file("file", folder.file("a.bin"), "image/png")});
    const std::string data = co_await read_all(body);
    const auto parts = rest_interface::parse_multipart(data, boundary_of(body));
    BOOST_TEST_REQUIRE(parts.has_value());
    BOOST_TEST_REQUIRE(parts->size() == 3U);
    BOOST_TEST((*parts)[0].content == "\r\n--\r\n");
    BOOST_TEST((*parts)[1].content == "");
    BOOST_TEST((*parts)[2].filename == "a.bin");
    BOOST_TEST((*parts)[2].content_type == "image/png");
    BOOST_TEST(((*parts)[2].content == content));
    const std::string nothing = co_await read_all(multipart_body({}));
    BOOST_TEST(nothing.size() == 2 + 32 + 4U, "a form without controls is its end");
}

ASYNC_TEST_CASE(a_form_can_be_sent_again) {
    const TemporaryFolder folder;
    put_file(folder.file("a"), "content");
    const Body body = multipart_body({{"x", Body("1")}, FormPart::file("f", folder.file("a"))});
    const std::string first = co_await read_all(body);
    BOOST_TEST(body.source()->rewind());
    BOOST_TEST(co_await read_all(body) == first);
}

ASYNC_TEST_CASE(a_pipe_has_no_size) {
    const TemporaryFolder folder;
    BOOST_TEST_REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
    std::fstream open(folder.file("pipe"), std::ios::in | std::ios::out);  // or opening it waits
    const Body body = multipart_body({FormPart::file("f", folder.file("pipe"))});
    BOOST_TEST(!body.size().has_value(), "so the body goes out in chunks");
    co_return;
}

ASYNC_TEST_CASE(a_pipe_can_be_read_once) {
    const TemporaryFolder folder;
    BOOST_TEST_REQUIRE(::mkfifo(folder.file("pipe").c_str(), 0600) == 0);
    std::fstream open(folder.file("pipe"), std::ios::in | std::ios::out);  // or opening it waits
    const Body body = multipart_body({FormPart::file("f", folder.file("pipe"))});
    BOOST_TEST(body.source()->rewind(), "nothing has been read yet");
    open << "content";
    open.close();
    const std::string data = co_await read_all(body);
    BOOST_TEST(data.find("\r\n\r\ncontent\r\n--") != data.npos, data);
    BOOST_TEST(!body.source()->rewind(), "what went through a pipe is gone");
}

BOOST_AUTO_TEST_CASE(a_boundary_is_no_secret_and_never_the_same) {
    const std::string one = boundary_of(multipart_body({}));
    BOOST_TEST(one.size() == 32U, "16 random bytes: no content can hold it by chance");
    BOOST_TEST(one != boundary_of(multipart_body({})));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named) {
    BOOST_CHECK_EXCEPTION(FormPart::file("f", "/no/such/file"), std::system_error,
                          [](const std::system_error& error) {
                              return error.what() ==
                                     std::string("read /no/such/file: No such file or directory");
                          });
}

BOOST_AUTO_TEST_SUITE_END()
