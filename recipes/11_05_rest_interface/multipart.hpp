// Forms with files in them: multipart/form-data (RFC 7578, over RFC 2046). Pure: bytes in, views
// out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"

namespace cookbook::rest_interface {

/// One control of a form. `content` and `content_type` point into the body.
struct Part {
    std::string name;
    bool is_file = false;  // one that nobody has chosen has an empty filename
    std::string filename;
    std::string_view content_type;  // empty: text/plain (RFC 7578, 4.4)
    std::string_view content;
};

/// The boundary that a Content-Type names. 400 if it names none, or one longer than 70 characters.
[[nodiscard]] http::Result<std::string> boundary_of(std::string_view content_type);

/// The parts of a body, at most 1000. 400 if the body is not built as RFC 2046, 5.1.1 says: a part
/// without its end, or without a name, among others.
[[nodiscard]] http::Result<std::vector<Part>> parse_multipart(std::string_view body,
                                                              std::string_view boundary);

}  // namespace cookbook::rest_interface
