// Why a transfer has ended before its file.
#pragma once

#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tftp.hpp"

namespace cookbook::file_transfer {

/// Its text is for both ends. The code is for the peer: there is none if the peer has told us, or
/// is silent.
class Failure : public std::runtime_error {
public:
    explicit Failure(const std::string& text) : std::runtime_error(text) {}
    Failure(ErrorCode code, const std::string& text) : std::runtime_error(text), code_(code) {}
    explicit Failure(const Error& error) : Failure(error.code, error.text) {}

    [[nodiscard]] std::optional<ErrorCode> code() const { return code_; }

private:
    std::optional<ErrorCode> code_;
};

/// Throws the failure that a packet is, or causes where it has no place.
[[noreturn]] void fail_by_packet(const Packet& packet);

/// What the peer is to be told of an exception; nothing if there is nothing to tell.
std::optional<Error> to_error(const std::exception& failure);

/// Why a transfer has ended, for the log: on one line, and printable.
std::string reason_of(const std::exception& failure);

/// What the peer has told, for a terminal: its text, printable(), and its
/// code.
std::string text_of(const Error& error);

}  // namespace cookbook::file_transfer
