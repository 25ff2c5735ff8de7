// Cookies in a file, in the form that Netscape began with, as curl and Python's MozillaCookieJar
// read and write it: a line for each, with seven fields between tabs.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cookie_jar.hpp"

namespace cookbook::http_client {

/// The cookies of such a text. Lines that are no cookies are passed over. A domain with TRUE behind
/// it is shared with the names below it; an expiry of 0, or none, is the end of the session;
/// #HttpOnly_ before a domain is no comment. Pure.
[[nodiscard]] std::vector<Cookie> parse_cookie_file(std::string_view text);

/// The text for such a file, without the cookies that end with the session. Pure.
[[nodiscard]] std::string format_cookie_file(const std::vector<Cookie>& cookies);

/// Adds the cookies of a file to the jar; none if there is no file. Throws std::system_error, "read
/// PATH: reason"; std::runtime_error, "PATH is no file of cookies", if it has text but neither the
/// line that such files begin with nor a cookie: write_cookies() would destroy it.
void read_cookies(CookieJar& jar, const std::filesystem::path& path);

/// Puts the cookies into a file of mode 0600, in one step: whoever reads it sees the old file or
/// the new one. A link stays, and leads to the new one. A device or a pipe, /dev/null say, stays as
/// it is. Throws std::system_error, "write PATH: reason".
void write_cookies(const CookieJar& jar, const std::filesystem::path& path);

}  // namespace cookbook::http_client
