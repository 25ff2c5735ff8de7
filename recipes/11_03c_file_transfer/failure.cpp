#include "failure.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <variant>

#include "common/async/describe.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::file_transfer {
namespace {

constexpr std::string_view stopped = "stopped";

Error error_of_system(const std::error_code& code) {
    if (code == std::errc::no_space_on_device || code == std::errc::file_too_large ||
        code == std::error_code(EDQUOT, std::generic_category())) {
        return {ErrorCode::too_large, "the disk is full"};
    }
    return {ErrorCode::undefined, code.message()};
}

}  // namespace

void fail_by_packet(const Packet& packet) {
    if (const auto* error = std::get_if<Error>(&packet)) {
        throw Failure(text_of(*error));
    }
    if (const auto* malformed = std::get_if<Malformed>(&packet)) {
        throw Failure(malformed->reply);
    }
    throw Failure(ErrorCode::illegal_operation, "not a packet of this transfer");
}

std::optional<Error> to_error(const std::exception& failure) {
    if (const auto* ours = dynamic_cast<const Failure*>(&failure)) {
        return ours->code() ? std::optional(Error{*ours->code(), ours->what()}) : std::nullopt;
    }
    if (is_cancellation(failure)) {
        return Error{ErrorCode::undefined, std::string(stopped)};
    }
    if (const auto* system = dynamic_cast<const std::system_error*>(&failure)) {
        return error_of_system(system->code());
    }
    return Error{ErrorCode::undefined, "failed"};
}

std::string reason_of(const std::exception& failure) {
    return is_cancellation(failure) ? std::string(stopped) : printable(describe(failure));
}

std::string text_of(const Error& error) {
    const std::string text = printable(error.text);
    return fmt::format("{}{}error {}", text, text.empty() ? "" : ", ",
                       static_cast<unsigned>(error.code));
}

}  // namespace cookbook::file_transfer
