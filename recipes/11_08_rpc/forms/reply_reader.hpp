// The pickle of a reply, which may describe an exception.
#pragma once

#include <string_view>

#include "11_08_rpc/call/call.hpp"

namespace cookbook::rpc {

/// The object of the pickle. Throws the exception that it describes, as raise() does: only a whole
/// reply may be one, or the items in the list of an ExceptionGroup. Its state (attributes, notes)
/// is ignored, whatever is in it. Throws FormError for an exception elsewhere, and what
/// from_pickle() throws.
Value read_reply(std::string_view pickle);

}  // namespace cookbook::rpc
