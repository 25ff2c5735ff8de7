// Why a URL is refused.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

namespace cookbook::http_client {

enum class UrlError {
    control_character = 1,
    space,
    scheme,
    host,
    port,
    credentials,
};
const boost::system::error_category& url_category() noexcept;
boost::system::error_code make_error_code(UrlError error) noexcept;

}  // namespace cookbook::http_client

template <>
struct boost::system::is_error_code_enum<cookbook::http_client::UrlError> : std::true_type {};
