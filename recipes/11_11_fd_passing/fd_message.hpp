// Descriptors in a message over a UNIX socket, as Python's send_handle() and recv_handle() send
// them: one byte, the number of descriptors, and the descriptors beside it (unix(7), SCM_RIGHTS).
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <span>
#include <vector>

#include "common/net/descriptor.hpp"

namespace cookbook::fd_passing {

/// The kernel takes no more in one message (SCM_MAX_FD in its sources).
inline constexpr std::size_t max_descriptors = 253;

/// What can be wrong with a message.
enum class Error { no_descriptors = 1, wrong_count, other_control_data };
const boost::system::error_category& error_category();
boost::system::error_code make_error_code(Error error);

/// Sends copies of one to max_descriptors descriptors, all or none of them; ours stay open.
/// Returns why it could not: would_block from a non-blocking socket that is full,
/// invalid_argument for another number.
boost::system::error_code send_fds(int socket, std::span<const int> descriptors);

/// A message that has arrived. Its destructor closes what nobody has taken out of it.
struct FdMessage {
    FdMessage() = default;
    FdMessage(FdMessage&&) noexcept = default;
    FdMessage& operator=(FdMessage&&) noexcept = default;
    ~FdMessage();

    std::vector<Descriptor> descriptors;  // close-on-exec
    /// The ones after these, which are gone: there were more than `max`, or this process has run
    /// out of descriptors.
    std::size_t lost = 0;
};

/// Receives one message of up to `max` descriptors, and nothing of what comes behind it. Whatever
/// has arrived is closed unless it is returned. Errors: Error if the message is not of this form,
/// asio::error::eof at the orderly end, and recvmsg's own; would_block from a non-blocking socket
/// if there is none.
///
/// Nobody else may read from the socket, not even into a buffer: a read() or recv() that passes
/// over the byte closes the descriptors without a trace.
boost::system::result<FdMessage> recv_fds(int socket, std::size_t max = max_descriptors);

}  // namespace cookbook::fd_passing

template <>
struct boost::system::is_error_code_enum<cookbook::fd_passing::Error> : std::true_type {};
