// Recipe 11.9, MACs and messages: tables of bytes. 11_09_hmac_auth_test_handshake.cpp tests whole
// handshakes, …_server.cpp the server and its client.

#include <openssl/evp.h>

#include <boost/algorithm/hex.hpp>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "11_09_hmac_auth/challenge.hpp"
#include "11_09_hmac_auth_server.hpp"
#include "support/constant_time.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::hmac_auth;
using namespace cookbook::testing;

std::string hex(const Mac::Value& mac) {
    std::string digits;
    boost::algorithm::hex_lower(mac, std::back_inserter(digits));
    return digits;
}

Nonce counting_from(int first) {
    Nonce nonce{};
    for (char& byte : nonce) {
        byte = static_cast<char>(first++);
    }
    return nonce;
}

std::string counting(int count) {
    std::string text;
    for (int byte = 1; byte <= count; ++byte) {
        text.push_back(static_cast<char>(byte));
    }
    return text;
}

struct Vector {
    std::string key;
    std::string message;
    std::string_view sha256;
    std::string_view sha384;
    std::string_view sha512;
};
const std::string long_key(131, '\xaa');
/// RFC 4231, 4.2 to 4.8 without the one that is truncated.
const Vector rfc_4231[] = {
    {std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9"
     "c"
     "b6",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f"
     "4"
     "e4be9d914eeb61f1702e696c203a126854"},
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21"
     "6"
     "49",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e"
     "6"
     "fdcaeab1a34d4a6b4b636e070a38bce737"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34"
     "f"
     "27",
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c"
     "8"
     "07b946a337bee8942674278859e13292fb"},
    {counting(25), std::string(50, '\xcd'),
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
     "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674c"
     "f"
     "fb",
     "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788"
     "0"
     "63a5f19741120c4f2de2adebeb10a298dd"},
    {long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
     "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44"
     "9"
     "52",
     "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1"
     "e"
     "5295e64f73f63f0aec8b915a985d786598"},
    {long_key,
     "This is a test using a larger than block-size key and a larger than block-size data. The key "
     "needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
     "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c465"
     "2"
     "3e",
     "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4d"
     "e"
     "15134676fb6de0446065c97440fa8c6a58"},
};

/// One that Python's hmac has made, where the RFCs have none, or an RFC.
struct Other {
    Digest digest;
    std::string key;
    std::string message;
    std::string_view mac;
};
const Other others[] = {
    // RFC 2202, 2.
    {Digest::md5, std::string(16, '\x0b'), "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"},
    {Digest::md5, "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"},
    {Digest::md5, std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
    {Digest::sha3_256, "Jefe", "what do ya want for nothing?",
     "c7d4072e788877ae3596bbb0da73b887c9171f93095b294ae857fbe2645e1ba5"},
    {Digest::sha3_256, long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
     "ed73a374b96c005235f948032f09674a58c0ce555cfc1f223b02356560312c3b"},
};

/// As long as it lives, OpenSSL gives out approved algorithms only, of which it has none: its
/// provider of them is not loaded.
class ApprovedOnly {
public:
    ApprovedOnly() { EVP_default_properties_enable_fips(nullptr, 1); }
    ApprovedOnly(const ApprovedOnly&) = delete;
    ApprovedOnly& operator=(const ApprovedOnly&) = delete;
    ~ApprovedOnly() { EVP_default_properties_enable_fips(nullptr, 0); }
};

void expect_mac(Mac& mac, const std::string& message, std::string_view expected) {
    BOOST_TEST(hex(mac(message)) == expected, "a published MAC of " << in_quotes(message));
    mac.update(message.substr(0, 3));
    mac.update(message.substr(3));
    BOOST_TEST(hex(mac.finish()) == expected,
               "the MAC of a message in two pieces, by an object that has made one before: each "
               "begins anew, under the same key");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hmac_auth)

// --- Step 1: the response ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(makes_the_macs_of_rfc_4231) {
    for (const Vector& vector : rfc_4231) {
        for (const auto& [digest, expected] :
             {std::pair(Digest::sha256, vector.sha256), std::pair(Digest::sha384, vector.sha384),
              std::pair(Digest::sha512, vector.sha512)}) {
            Mac mac = mac_of(vector.key, digest);
            expect_mac(mac, vector.message, expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(makes_the_macs_of_other_digests) {
    for (const Other& vector : others) {
        Mac mac = mac_of(vector.key, vector.digest);
        expect_mac(mac, vector.message, vector.mac);
    }
    for (const auto& [digest, size] :
         {std::pair(Digest::sha256, 32U), std::pair(Digest::sha384, 48U),
          std::pair(Digest::sha512, 64U), std::pair(Digest::sha3_256, 32U),
          std::pair(Digest::md5, 16U)}) {
        BOOST_TEST(mac_of(secret, digest).size() == size);
    }
}

BOOST_AUTO_TEST_CASE(an_openssl_without_hmac_is_an_exception) {
    {
        const ApprovedOnly approved_only;
        BOOST_CHECK_EXCEPTION(mac_of(), std::runtime_error,
                              says("OpenSSL has no HMAC with SHA2-256"));
    }
    BOOST_TEST(mac_of().size() == 32U);
}

BOOST_AUTO_TEST_CASE(responds_with_the_mac_of_the_challenge) {
    const Nonce challenge = counting_from(0);
    for (const auto& [digest, expected] :
         {std::pair(Digest::sha256,
                    "d9ca48159ea3d797f6e134ce76761f4a76fd87854ccdc166e663a8be727fee4d"),
          std::pair(Digest::sha3_256,
                    "e39ca69ca66381208a07bc7ad8fdeeee79ca1a6bef29819df157f40fa2c835cb"),
          std::pair(Digest::md5, "4d0c601c8ec1ba3ab2212239d7345971")}) {
        Mac mac = mac_of(secret, digest);
        for (const char* which : {"first", "second"}) {
            BOOST_TEST(hex(respond(mac, challenge)) == expected,
                       "the " << which << " response to 00 01 02 … 1f is its HMAC under the key, "
                              << "all 32 bytes of it: a zero byte ends no challenge");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_nonce_is_never_used_twice) {
    const Nonce first = make_nonce();
    BOOST_TEST((first != make_nonce()), "a challenge that comes again lets an old response in");
    BOOST_TEST((first != Nonce{}), "32 zeros: nothing has put random bytes there");
}

// --- Step 2: the comparison ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(tells_equal_macs_from_others) {
    Mac mac = mac_of();
    const Mac::Value right = respond(mac, counting_from(0));
    BOOST_TEST(is_equal(right, right), "a MAC does not equal itself");
    for (std::size_t position = 0; position < right.size(); ++position) {
        for (const char bit : {'\x01', '\x80'}) {
            Mac::Value wrong = right;
            wrong[position] = static_cast<char>(wrong[position] ^ bit);
            BOOST_TEST(!is_equal(right, wrong),
                       "a response with one wrong bit, in byte " << position << ", passes");
        }
    }
}

BOOST_AUTO_TEST_CASE(takes_no_other_length) {
    const Mac::Value right(32, 'x');
    for (const std::size_t size : {0U, 1U, 16U, 31U, 33U, 64U}) {
        const Mac::Value other(size, 'x');
        BOOST_TEST(!is_equal(right, other),
                   size << " bytes pass for 32: nobody may choose how much of him is compared");
        BOOST_TEST(!is_equal(other, right), "32 bytes pass for " << size);
    }
}

BOOST_AUTO_TEST_CASE(compares_in_the_same_time_wherever_they_differ) {
    const Mac::Value right(32, 'x');
    for (const std::size_t position : {0U, 31U}) {
        Mac::Value wrong = right;
        wrong[position] = 'y';
        compared_bytes = 0;
        BOOST_TEST(!is_equal(right, wrong));
        BOOST_TEST(compared_bytes == 32U,
                   "the MACs were not compared by CRYPTO_memcmp(): a comparison that ends at the "
                   "first difference tells the peer by its time how much of its guess is right");
    }
}

// --- Step 4: proofs ------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_proof_is_the_mac_of_role_and_nonces) {
    Mac mac = mac_of();
    const Nonce server = counting_from(0);
    const Nonce client = counting_from(32);
    BOOST_TEST(hex(prove(mac, Role::client, server, client)) ==
                   "e2eab72192743f45e3a5f9eb4e04af0b60b809f61fc3af701d7628bd7e099df4",
               "the client's proof is HMAC(key, \"client\" Ns Nc), no terminator after the tag");
    BOOST_TEST(hex(prove(mac, Role::server, server, client)) ==
                   "ec6cec1b2041d44cdc121901e4d26458160db4fcc5630633c9498a5d72693a35",
               "the server's proof is HMAC(key, \"server\" Ns Nc)");
}

BOOST_AUTO_TEST_CASE(a_proof_is_good_for_one_role_and_one_connection) {
    Mac mac = mac_of();
    const Nonce server = make_nonce();
    const Nonce client = make_nonce();
    const Mac::Value proof = prove(mac, Role::client, server, client);
    BOOST_TEST((prove(mac, Role::server, server, client) != proof),
               "the client's proof, sent back, is the server's: a reflection");
    BOOST_TEST((prove(mac, Role::client, make_nonce(), client) != proof),
               "the proof does not cover the server's nonce: it can be replayed to a server");
    BOOST_TEST((prove(mac, Role::client, server, make_nonce()) != proof),
               "the proof does not cover the client's nonce: it can be replayed to a client");
    BOOST_TEST((prove(mac, Role::client, client, server) != proof),
               "the nonces are the same whoever has sent them");
    BOOST_TEST((respond(mac, server) != proof && respond(mac, client) != proof),
               "a plain response passes for a proof");
}

BOOST_AUTO_TEST_SUITE_END()
