// 11.3c, the packets: as tables of bytes and values.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "11_03c_file_transfer/tftp.hpp"
#include "11_03c_file_transfer_server.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::file_transfer;
using namespace std::string_literals;
using cookbook::testing::in_quotes;
using cookbook::testing::rrq;

std::string describe_options(const OptionValues& options) {
    std::string text;
    const auto append = [&](const char* name, const auto& value) {
        text += value ? " "s + name + "=" + std::to_string(*value) : "";
    };
    append("blksize", options.blksize);
    append("windowsize", options.windowsize);
    append("timeout", options.timeout);
    append("tsize", options.tsize);
    return text + (options.others ? " and others" : "");
}

/// The kind of a packet and what it holds, on one line.
struct Describe {
    std::string operator()(const Request& request) const {
        return (request.write ? "WRQ " : "RRQ ") + request.name + describe_options(request.options);
    }
    std::string operator()(const Data& data) const {
        return "DATA " + std::to_string(data.block) + " " + std::string(data.bytes);
    }
    std::string operator()(const Ack& ack) const { return "ACK " + std::to_string(ack.block); }
    std::string operator()(const Error& error) const {
        return "ERROR " + std::to_string(static_cast<int>(error.code)) + " " + error.text;
    }
    std::string operator()(const OptionAck& ack) const {
        return "OACK" + describe_options(ack.options);
    }
    std::string operator()(const Malformed& malformed) const {
        return "malformed: " + std::to_string(static_cast<int>(malformed.reply.code));
    }
};

std::string parsed(std::string_view datagram) {
    return std::visit(Describe{}, parse(datagram));
}

struct PacketRow {
    std::string datagram;
    std::string expected;
};

void check_rows(const std::vector<PacketRow>& rows) {
    for (const PacketRow& row : rows) {
        const std::string result = parsed(row.datagram);
        BOOST_TEST(result == row.expected, in_quotes(row.datagram)
                                               << " was read as '" << result << "', not as '"
                                               << row.expected << "'");
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file_transfer)

BOOST_AUTO_TEST_CASE(reads_requests) {
    check_rows({
        {rrq({"a", "octet"}), "RRQ a"},
        {"\0\2b/c\0octet\0"s, "WRQ b/c"},
        {rrq({"a", "OcTeT"}), "RRQ a"},
        {rrq({"", "octet"}), "RRQ "},
        {rrq({"a", "octet", "blksize", "8"}), "RRQ a blksize=8"},
        {rrq({"a", "octet", "BlkSize", "65464"}), "RRQ a blksize=65464"},
        {rrq({"a", "octet", "windowsize", "1", "TSIZE", "0"}), "RRQ a windowsize=1 tsize=0"},
        {rrq({"a", "octet", "windowsize", "65535"}), "RRQ a windowsize=65535"},
        {rrq({"a", "octet", "timeout", "255"}), "RRQ a timeout=255"},
        {rrq({"a", "octet", "tsize", "18446744073709551615"}), "RRQ a tsize=18446744073709551615"},
        {rrq({"a", "octet", "rollover", "0", "timeout", "1"}), "RRQ a timeout=1 and others"},
        {rrq({"a", "octet", "blksize", "00512"}), "RRQ a blksize=512"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_requests_that_are_none) {
    const std::string malformed = "malformed: 4";
    check_rows({
        {"", malformed},
        {"\0"s, malformed},
        {"\0\1"s, malformed},
        {"\0\1a\0octet"s, malformed},  // the last NUL is missing
        {"\0\1a\0"s, malformed},       // no mode
        {rrq({"a", "netascii"}), malformed},
        {rrq({"a", "mail"}), malformed},
        {rrq({"a", "octet", "blksize"}), malformed},  // no value
        {rrq({std::string(504, 'n'), "octet"}), malformed},
        {"\0\0"s, malformed},
        {"\0\7"s, malformed},
        {"\1\1a\0octet\0"s, malformed},
    });
    BOOST_TEST(parsed(rrq({std::string(503, 'n'), "octet"})).starts_with("RRQ n"),
               "a request may have 512 bytes (RFC 2347)");
}

BOOST_AUTO_TEST_CASE(refuses_values_that_no_option_has) {
    const std::string refused = "malformed: 8";
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"blksize", "7"},
             {"blksize", "65465"},
             {"blksize", ""},
             {"blksize", " 512"},
             {"blksize", "512 "},
             {"blksize", "+512"},
             {"blksize", "-512"},
             {"blksize", "0x200"},
             {"blksize", "5e2"},
             {"blksize", "99999999999999999999"},
             {"windowsize", "0"},
             {"windowsize", "65536"},
             {"timeout", "0"},
             {"timeout", "256"},
             {"tsize", "-1"},
             {"tsize", "18446744073709551616"},
             {"TSize", "many"},
         }) {
        BOOST_TEST(parsed(rrq({"a", "octet", name, value})) == refused,
                   name << " " << in_quotes(value) << " must be refused with ERROR 8");
    }
    BOOST_TEST(parsed(rrq({"a", "octet", "blksize", "512", "BLKSIZE", "512"})) == refused,
               "an option comes once (RFC 2347)");
}

BOOST_AUTO_TEST_CASE(reads_what_both_ends_send) {
    check_rows({
        {"\0\3\0\1abc"s, "DATA 1 abc"},
        {"\0\3\xff\xff"s, "DATA 65535 "},
        {"\0\3\0"s, "malformed: 4"},
        {"\0\4\1\2"s, "ACK 258"},
        {"\0\4\0"s, "malformed: 4"},
        {"\0\5\0\1File not found\0"s, "ERROR 1 File not found"},
        {"\0\5\0\1no NUL"s, "ERROR 1 no NUL"},
        {"\0\5\0\1"s, "ERROR 1 "},
        {"\0\5"s, "ERROR 0 "},
        {"\0\6"s, "OACK"},
        {"\0\6blksize\0001024\0tsize\0007\0"s, "OACK blksize=1024 tsize=7"},
        {"\0\6multicast\0x\0"s, "OACK and others"},
        {"\0\6blksize\0"s, "malformed: 4"},
        {"\0\6blksize\0007\0"s, "malformed: 8"},
        {"\0\6blksize"s, "malformed: 4"},
    });
}

BOOST_AUTO_TEST_CASE(writes_what_it_reads) {
    const OptionValues options{.blksize = 1428, .windowsize = 16, .timeout = 2, .tsize = 0};
    BOOST_TEST(
        encode(Request{.write = false, .name = "a", .options = options}) ==
        rrq({"a", "octet", "blksize", "1428", "windowsize", "16", "timeout", "2", "tsize", "0"}));
    BOOST_TEST(encode(Request{.write = true, .name = "b"}) == "\0\2b\0octet\0"s);
    BOOST_TEST(encode(OptionAck{options}) ==
               "\0\6blksize\0001428\0windowsize\00016\0timeout\0002\0tsize\0000\0"s);
    BOOST_TEST(encode(Ack{0x0102}) == "\0\4\1\2"s);
    BOOST_TEST(encode(Error{ErrorCode::exists, "it is there"}) == "\0\5\0\6it is there\0"s);
    std::string header(header_size, 'x');
    write_data_header(header.data(), 0xfffe);
    BOOST_TEST(header == "\0\3\xff\xfe"s);
}

BOOST_AUTO_TEST_SUITE_END()
