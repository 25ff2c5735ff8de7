// Forms with files in them, as browsers send them (RFC 7578; HTML, 4.10.21.8).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "body.hpp"

namespace cookbook::http_client {

/// One control of a form.
struct FormPart {
    std::string name;  // UTF-8
    Body content;      // its type becomes the part's Content-Type; a text needs none
    std::optional<std::string> filename = std::nullopt;  // of a file; folders in it are left out

    /// A file that is read while it is sent, under its own name. Throws as Body::file() does.
    static FormPart file(std::string name, const std::filesystem::path& path,
                         std::string content_type = "application/octet-stream");
};

/// The form as a body, behind a boundary that no content can know. Its size is known if that of
/// each part is. Throws std::invalid_argument if a content type has a control character.
[[nodiscard]] Body multipart_body(const std::vector<FormPart>& parts);

}  // namespace cookbook::http_client
