// Forms with files in them: multipart/form-data (RFC 7578, over RFC 2046). Pure: bytes in, views
// out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"

namespace cookbook::rest_interface {

/// One control of a form. `content` points into the body.
struct Part {
    std::string name;
    std::string filename;  // empty where it is no file
    std::string_view content;
};

/// The boundary that a Content-Type names. Throws HttpError 400 where it names none, or one longer
/// than 70 characters.
[[nodiscard]] std::string boundary_of(std::string_view content_type);

/// The parts of a body, at most 1000. Throws HttpError 400 where the body is not built as RFC 2046,
/// 5.1.1 says: a part without its end, or without a name, among others.
[[nodiscard]] std::vector<Part> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace cookbook::rest_interface
