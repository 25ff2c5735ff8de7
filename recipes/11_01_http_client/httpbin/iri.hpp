// The parts of a request's target as people read them: in UTF-8, with only ASCII's delimiters and
// blanks percent-encoded (RFC 3987, 3.2), as Werkzeug shows them. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::http_client::httpbin {

/// "/café/%20A" of "/caf%C3%A9/%20%41". What is not UTF-8 becomes U+FFFD.
[[nodiscard]] std::string iri_of_path(std::string_view path);

/// "a=é&b=%26" of "a=%c3%a9&b=%26". What is not UTF-8 stays encoded.
[[nodiscard]] std::string iri_of_query(std::string_view query);

}  // namespace cookbook::http_client::httpbin
