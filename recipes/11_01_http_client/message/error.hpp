// What can go wrong with a request, beside what the system, OpenSSL and the look-up report.
#pragma once

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace cookbook::http_client {

enum class Error {
    // A response that breaks RFC 9112.
    no_status_line = 1,
    bad_status,
    bad_field,
    bad_length,
    bad_transfer_coding,
    bad_chunk,
    unasked_upgrade,
    too_many_interim,
    head_too_large,
    chunk_line_too_long,
    no_response,  // the server closed the connection before it responded
    cut_short,    // an end before the end of the response
    // A response that we refuse.
    body_too_large,
    unknown_coding,
    too_many_codings,
    bad_coding,
    too_many_redirects,
    bad_redirect,
    cannot_repeat,  // a body that must be sent again, and cannot be read again
    proxy_refused,
    proxy_said_more,
};

const boost::system::error_category& http_category() noexcept;
boost::system::error_code make_error_code(Error error) noexcept;

/// The code of an exception, of Boost's or of the standard library's; none if it has none.
std::error_code code_of(const std::exception& failure);

/// Why a request has no whole response: "METHOD URL: reason", without user and password.
class RequestError : public std::runtime_error {
public:
    RequestError(const std::string& what, std::error_code code)
        : runtime_error(what), code_(code) {}

    /// The system's, OpenSSL's, the look-up's or an Error; none if the request's own body failed.
    [[nodiscard]] const std::error_code& code() const noexcept { return code_; }

private:
    std::error_code code_;
};

}  // namespace cookbook::http_client

template <>
struct boost::system::is_error_code_enum<cookbook::http_client::Error> : std::true_type {};
