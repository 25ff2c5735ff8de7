// What travels, without sockets: the packets of TFTP (RFC 1350) and their options (RFC 2347, 2348,
// 2349, 7440). All numbers are big-endian.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace cookbook::file_transfer {

constexpr std::size_t header_size = 4;  // of DATA and ACK: operation and block number
constexpr std::size_t max_request = 512;
constexpr std::size_t default_block_size = 512;
constexpr std::size_t min_block_size = 8;
constexpr std::size_t max_block_size = 65'464;

enum class ErrorCode : std::uint16_t {
    undefined,
    not_found,
    access_violation,
    too_large,  // or the disk is full
    illegal_operation,
    unknown_transfer,
    exists,
    no_such_user,
    options_refused,
};

/// Options by the names that they have in packets.
struct OptionValues {
    std::optional<std::uint16_t> blksize = {};     // bytes of a block, 8 to 65464
    std::optional<std::uint16_t> windowsize = {};  // blocks for one ACK, 1 to 65535
    std::optional<std::uint8_t> timeout = {};      // seconds until a packet is sent again, 1 to 255
    std::optional<std::uint64_t> tsize = {};       // bytes of the file; 0 asks for them
    bool others = false;                           // it had options beyond these

    bool operator==(const OptionValues&) const = default;
};

/// RRQ, or WRQ if it is to write. Its mode is octet.
struct Request {
    bool write = false;
    std::string name;
    OptionValues options = {};
};

struct Data {
    std::uint16_t block = 0;
    std::string_view bytes;  // a part of the datagram
};

struct Ack {
    std::uint16_t block = 0;
};

struct Error {
    ErrorCode code = ErrorCode::undefined;
    std::string text;
};

/// OACK: what a server grants of the options that it was asked for.
struct OptionAck {
    OptionValues options;
};

/// None of these. `reply` is the ERROR that its sender is to get.
struct Malformed {
    Error reply;
};

using Packet = std::variant<Request, Data, Ack, Error, OptionAck, Malformed>;

/// Whatever begins as an ERROR is one: as such, it is never answered.
Packet parse(std::string_view datagram);

/// Whether it is TFTP at all, be it malformed: it begins with a zero byte, as all operations do.
/// What is not is never answered either: one datagram with a forged source would set us and a
/// service that answers everything, as 11.3's does, on each other for ever (CERT CA-1996-01).
bool is_tftp(std::string_view datagram);

std::string encode(const Request& request);
std::string encode(const Ack& ack);
std::string encode(const Error& error);
std::string encode(const OptionAck& ack);

/// Writes the header of a DATA, header_size bytes; the bytes of the file come behind it.
void write_data_header(char* packet, std::uint16_t block);

}  // namespace cookbook::file_transfer
