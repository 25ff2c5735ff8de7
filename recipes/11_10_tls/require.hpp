// Calls of OpenSSL that must succeed.
#pragma once

#include <boost/system/system_error.hpp>
#include <string>

#include "error.hpp"

namespace cookbook::tls {

/// Passes on what OpenSSL has just returned. Throws system_error, "WHAT: reason", if that is null
/// or 0, by which most of its functions say that they have failed.
template <typename Result>
Result require(Result result, const std::string& what) {
    if (!result) {
        throw boost::system::system_error(take_error(), what);
    }
    return result;
}

}  // namespace cookbook::tls
