// Recipe 11.6b: names, passwords, and whose bucket a call comes from.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_06b_xml_rpc_service/access/authorization.hpp"
#include "11_06b_xml_rpc_service/access/gate.hpp"
#include "11_06b_xml_rpc_service/access/rate.hpp"
#include "11_06b_xml_rpc_service/access/users.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/constant_time.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::xml_rpc_service;
using namespace cookbook::testing;
using namespace std::string_literals;

const std::string zeros(32, '0');
const std::string a_hash = "scrypt$16384$8$1$" + zeros + "$" + zeros + zeros;

std::string parsed_basic(std::string_view value) {
    const auto credentials = parse_basic(value);
    return credentials ? credentials->name + "|" + credentials->password : "malformed";
}

std::string rated(const std::string& address) {
    return cidr_addresses::to_string(rated_peer(asio::ip::make_address(address)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(xml_rpc_service_access)

BOOST_AUTO_TEST_CASE(hashes_passwords) {
    const PasswordHash kept = hash_password("p\u00e4ss:word");
    const std::size_t compared = compared_bytes;
    BOOST_TEST(matches(kept, "p\u00e4ss:word"));
    BOOST_TEST(compared_bytes - compared == 32U, "all of a hash is compared, in constant time");
    BOOST_TEST(!matches(kept, "p\u00e4ss:wor"));
    BOOST_TEST(!matches(kept, ""));
    BOOST_TEST(format_password_hash(kept) != format_password_hash(hash_password("p\u00e4ss:word")),
               "each has a salt of its own");
    BOOST_TEST(format_password_hash(kept).size() == a_hash.size());
    BOOST_TEST(matches(parse_password_hash(format_password_hash(kept)).value(), "p\u00e4ss:word"),
               "what is written is read");
}

BOOST_AUTO_TEST_CASE(hashes_as_other_programs_do) {
    // hashlib.scrypt(b"password", salt=bytes(16), n=16384, r=8, p=1, maxmem=2**26, dklen=32)
    const auto kept =
        parse_password_hash("scrypt$16384$8$1$" + zeros +
                            "$7b5c3d3e953265cf051caeb05bc023246a283e4eb221b79d3222eae02936333a");
    BOOST_TEST_REQUIRE(kept.has_value());
    BOOST_TEST(matches(*kept, "password"));
}

BOOST_AUTO_TEST_CASE(refuses_malformed_hashes) {
    BOOST_TEST(parse_password_hash(a_hash).has_value());
    for (const std::string& text :
         {""s, "scrypt"s, a_hash + "0", a_hash.substr(1), a_hash.substr(0, a_hash.size() - 1),
          "scrypt$32768$8$1$" + zeros + "$" + zeros + zeros,
          "scrypt$16384$8$1$" + zeros + zeros + "$" + zeros,
          "scrypt$16384$8$1$" + zeros + "$" + zeros + zeros.substr(1) + "g",
          "scrypt$16384$8$1$-1" + zeros.substr(2) + "$" + zeros + zeros}) {
        BOOST_TEST(!parse_password_hash(text), "it passed: " << text);
    }
}

BOOST_AUTO_TEST_CASE(reads_users) {
    const Users users = Users::parse("guido:files,admin:" + a_hash + "\n\nZo\u00eb::" + a_hash);
    BOOST_TEST(!users.empty());
    BOOST_TEST(Users().empty());
    for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
             {"guido", "line 1: not NAME:ROLE,ROLE:scrypt$16384$8$1$SALT$HASH"},
             {"\n:files:" + a_hash,
              "line 2: a name is UTF-8 without colons and control characters"},
             {"a\tb:files:" + a_hash,
              "line 1: a name is UTF-8 without colons and control characters"},
             {"\xff:files:" + a_hash,
              "line 1: a name is UTF-8 without colons and control characters"},
             {"a:x y:" + a_hash, "line 1: a role is letters, digits, dots, dashes and underscores"},
             {"a:,x:" + a_hash, "line 1: a role is letters, digits, dots, dashes and underscores"},
             {"a::" + a_hash + "\r\n", "line 1: not NAME:ROLE,ROLE:scrypt$16384$8$1$SALT$HASH"},
             {"a::" + a_hash + "\na:x:" + a_hash, "line 2: a name that was there before"}}) {
        BOOST_CHECK_EXCEPTION(Users::parse(text), std::invalid_argument, says(reason));
    }
    const TemporaryFolder folder;
    BOOST_CHECK_THROW(Users::read(folder.file("none")), std::system_error);
    BOOST_CHECK_EXCEPTION(Users::read(folder.file("")), std::system_error,
                          says("read " + folder.file("") + ": Is a directory"));
}

BOOST_AUTO_TEST_CASE(writes_the_lines_that_it_reads) {
    const User user = {.roles = {"files", "a.b-c_1"}, .password = hash_password("secret")};
    const std::string line = user_line("Zo\u00eb", user);
    BOOST_TEST(line.starts_with("Zo\u00eb:a.b-c_1,files:scrypt$16384$8$1$"));
    const Users users = Users::parse(line);
    const User* found = users.authenticate("Zo\u00eb", "secret");
    BOOST_TEST_REQUIRE(found != nullptr);
    BOOST_TEST((found->roles == user.roles));
    BOOST_TEST(users.authenticate("Zo\u00eb", "Secret") == nullptr);
    BOOST_TEST(users.authenticate("zo\u00eb", "secret") == nullptr);
    BOOST_CHECK_THROW(static_cast<void>(user_line("a:b", user)), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(user_line("", user)), std::invalid_argument);
    BOOST_CHECK_THROW(static_cast<void>(user_line("a", {.roles = {"a,b"}, .password = {}})),
                      std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_unknown_name_costs_the_same) {
    const Users users = Users::parse("guido::" + a_hash);
    for (const std::string name : {"guido", "nobody", ""}) {
        const std::size_t compared = compared_bytes;
        BOOST_TEST(users.authenticate(name, "x") == nullptr);
        BOOST_TEST(compared_bytes - compared == 32U,
                   "without a password to check, '" << name << "' shows that it is unknown");
    }
}

ASYNC_TEST_CASE(checks_passwords_on_threads_of_their_own) {
    Gate gate({.users = Users::parse("guido::" + a_hash)});
    const std::vector<http::Field> fields = {
        {http::field::authorization, "Authorization", "Basic Z3VpZG86eA=="}};
    http::Request request;
    request.fields = fields;
    const std::size_t compared = compared_bytes;
    const auto roles = co_await gate.authenticate(request);
    BOOST_TEST_REQUIRE(roles.has_error());
    BOOST_TEST((roles.error().status == http::status::unauthorized));
    BOOST_TEST(compared_bytes == compared,
               "the password was checked on the thread that serves all others");
}

BOOST_AUTO_TEST_CASE(reads_basic_credentials) {
    BOOST_TEST(parsed_basic("Basic YTpi") == "a|b");
    BOOST_TEST(parsed_basic("bAsIc   YTpi") == "a|b", "a scheme's case does not matter");
    BOOST_TEST(parsed_basic("Basic YTpiOmM6") == "a|b:c:", "a password may have colons");
    BOOST_TEST(parsed_basic("Basic Wm/rOnA=") == "malformed", "its text is not UTF-8");
    BOOST_TEST(parsed_basic("Basic Wm/DqzpwxI0=") == "Zo\u00eb|p\u010d", "its text is UTF-8");
    BOOST_TEST(parsed_basic("Basic Og==") == "|", "both may be empty");
    for (const std::string value : {"", "Basic", "Basic ", "Basic YTpi=", "Basic YTp",
                                    "Basic YQ==", "Basic YT pi", "Basic YQA6Yg==", "Basic YTpiCg==",
                                    "Basic YTpi, Basic YTpi", "Bearer YTpi", "YTpi", "BasicYTpi"}) {
        BOOST_TEST(parsed_basic(value) == "malformed", "it passed: " << value);
    }
}

BOOST_AUTO_TEST_CASE(knows_an_authorization_again) {
    const Fingerprinter fingerprint;
    const Fingerprint one = fingerprint("Basic YTpi");
    const std::size_t compared = compared_bytes;
    BOOST_TEST(are_equal(one, fingerprint("Basic YTpi")));
    BOOST_TEST(!are_equal(one, fingerprint("Basic YTpj")));
    BOOST_TEST(compared_bytes - compared == 64U, "all of it is compared, in constant time");
    BOOST_TEST(!are_equal(one, Fingerprinter()("Basic YTpi")),
               "what is in memory tells nothing to whoever reads it elsewhere");
}

BOOST_AUTO_TEST_CASE(a_request_has_one_authorization) {
    const auto field = [](std::string_view value) {
        return http::Field{http::field::authorization, "Authorization", value};
    };
    http::Request request;
    BOOST_TEST(!authorization_of(request).has_value());
    const std::vector<http::Field> one = {field("a")};
    request.fields = one;
    BOOST_TEST((authorization_of(request) == "a"));
    const std::vector<http::Field> three = {field("a"), field("a"), field("a")};
    request.fields = three;
    BOOST_TEST((authorization_of(request) == ""), "of several nobody knows which one is meant");
}

BOOST_AUTO_TEST_CASE(whose_bucket_it_is) {
    BOOST_TEST(rated("192.0.2.1") == "192.0.2.1");
    BOOST_TEST(rated("::ffff:192.0.2.1") == "192.0.2.1", "a dual-stack socket's IPv4 peer");
    BOOST_TEST(rated("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::",
               "whoever has an IPv6 address has a /64 of them");
    BOOST_TEST(rated("::1") == "::");
}

BOOST_AUTO_TEST_SUITE_END()
