#include "tftp.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace cookbook::file_transfer {
namespace {

enum class Operation : std::uint16_t { rrq = 1, wrq, data, ack, error, oack };

constexpr std::string_view octet = "octet";

std::uint16_t number_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8U |
                                      static_cast<unsigned char>(bytes[at + 1]));
}

void write_number(char* bytes, std::uint16_t number) {
    bytes[0] = static_cast<char>(number >> 8U);
    bytes[1] = static_cast<char>(number);
}

std::string begin(Operation operation) {
    std::string packet(2, '\0');
    write_number(packet.data(), static_cast<std::uint16_t>(operation));
    return packet;
}

void append_number(std::string& packet, std::uint16_t number) {
    std::string bytes(2, '\0');
    write_number(bytes.data(), number);
    packet += bytes;
}

void append_text(std::string& packet, std::string_view text) {
    packet.append(text).push_back('\0');
}

Malformed malformed(std::string text, ErrorCode code = ErrorCode::illegal_operation) {
    return {{code, std::move(text)}};
}

/// The texts that the bytes consist of, each with a NUL at its end. Nothing if the last has none.
std::optional<std::vector<std::string_view>> split_texts(std::string_view bytes) {
    std::vector<std::string_view> texts;
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\0');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        texts.push_back(bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
    }
    return texts;
}

/// Not std::tolower(), which depends on the locale.
bool equals_in_any_case(std::string_view text, std::string_view lower_case) {
    const auto to_lower = [](char c) {
        return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return std::ranges::equal(text, lower_case, {}, to_lower);
}

/// Stores the number that the text is. Returns whether it is one in that range, the first of its
/// name, and of digits only.
template <typename Number>
bool store_number(std::string_view text, std::uint64_t min, std::uint64_t max,
                  std::optional<Number>& value) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    if (value || error != std::errc() || end != text.end() || number < min || max < number) {
        return false;
    }
    value = static_cast<Number>(number);
    return true;
}

bool store_option(std::string_view name, std::string_view value, OptionValues& options) {
    if (equals_in_any_case(name, "blksize")) {
        return store_number(value, min_block_size, max_block_size, options.blksize);
    }
    if (equals_in_any_case(name, "windowsize")) {
        return store_number(value, 1, 65'535, options.windowsize);
    }
    if (equals_in_any_case(name, "timeout")) {
        return store_number(value, 1, 255, options.timeout);
    }
    if (equals_in_any_case(name, "tsize")) {
        return store_number(value, 0, std::numeric_limits<std::uint64_t>::max(), options.tsize);
    }
    options.others = true;
    return true;
}

/// Names and values in turn. Returns what is wrong with them, if anything is.
std::optional<Malformed> store_options(std::span<const std::string_view> texts,
                                       OptionValues& options) {
    if (texts.size() % 2 != 0) {
        return malformed("an option without a value");
    }
    for (; !texts.empty(); texts = texts.subspan(2)) {
        if (!store_option(texts[0], texts[1], options)) {
            return malformed("bad value of the option " + std::string(texts[0]),
                             ErrorCode::options_refused);
        }
    }
    return std::nullopt;
}

Packet parse_request(bool write, std::string_view datagram) {
    if (datagram.size() > max_request) {
        return malformed("the request is too long");
    }
    const auto texts = split_texts(datagram.substr(2));
    if (!texts || texts->size() < 2) {
        return malformed("the request is malformed");
    }
    if (!equals_in_any_case(texts->at(1), octet)) {
        return malformed("no mode but octet");
    }
    Request request{.write = write, .name = std::string(texts->front())};
    if (auto wrong = store_options(std::span(*texts).subspan(2), request.options)) {
        return std::move(*wrong);
    }
    return request;
}

Packet parse_option_ack(std::string_view datagram) {
    OptionAck ack;
    const auto texts = split_texts(datagram.substr(2));
    if (!texts) {
        return malformed("the OACK is malformed");
    }
    if (auto wrong = store_options(*texts, ack.options)) {
        return std::move(*wrong);
    }
    return ack;
}

Error parse_error(std::string_view datagram) {
    if (datagram.size() < header_size) {
        return {};
    }
    const std::string_view text = datagram.substr(header_size);
    return {static_cast<ErrorCode>(number_at(datagram, 2)),
            std::string(text.substr(0, text.find('\0')))};
}

void append_options(std::string& packet, const OptionValues& options) {
    const auto append = [&](std::string_view name, const auto& value) {
        if (value) {
            append_text(packet, name);
            append_text(packet, std::to_string(*value));
        }
    };
    append("blksize", options.blksize);
    append("windowsize", options.windowsize);
    append("timeout", options.timeout);
    append("tsize", options.tsize);
}

}  // namespace

Packet parse(std::string_view datagram) {
    const auto operation =
        datagram.size() < 2 ? Operation{} : static_cast<Operation>(number_at(datagram, 0));
    switch (operation) {
        case Operation::rrq:
        case Operation::wrq:
            return parse_request(operation == Operation::wrq, datagram);
        case Operation::error:
            return parse_error(datagram);
        case Operation::oack:
            return parse_option_ack(datagram);
        case Operation::data:
        case Operation::ack:
            break;
        default:
            return malformed("unknown operation");
    }
    if (datagram.size() < header_size) {
        return malformed("the packet is too short");
    }
    const std::uint16_t block = number_at(datagram, 2);
    if (operation == Operation::ack) {
        return Ack{block};
    }
    return Data{block, datagram.substr(header_size)};
}

bool is_tftp(std::string_view datagram) {
    return datagram.starts_with('\0');
}

std::string encode(const Request& request) {
    std::string packet = begin(request.write ? Operation::wrq : Operation::rrq);
    append_text(packet, request.name);
    append_text(packet, octet);
    append_options(packet, request.options);
    return packet;
}

std::string encode(const Ack& ack) {
    std::string packet = begin(Operation::ack);
    append_number(packet, ack.block);
    return packet;
}

std::string encode(const Error& error) {
    std::string packet = begin(Operation::error);
    append_number(packet, static_cast<std::uint16_t>(error.code));
    append_text(packet, error.text);
    return packet;
}

std::string encode(const OptionAck& ack) {
    std::string packet = begin(Operation::oack);
    append_options(packet, ack.options);
    return packet;
}

void write_data_header(char* packet, std::uint16_t block) {
    write_number(packet, static_cast<std::uint16_t>(Operation::data));
    write_number(packet + 2, block);
}

}  // namespace cookbook::file_transfer
