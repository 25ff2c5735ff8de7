// From the bytes of a document to its text. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::xml_rpc {

/// Puts the document into `storage` as UTF-8, without byte order mark, and returns the part of it
/// that follows the declaration; a line feed of ours is its last character. Takes UTF-8, UTF-16,
/// ISO-8859-1 and US-ASCII, as the mark or the declaration says; they must not contradict each
/// other. Throws Refused for any other encoding, bytes that do not fit it, a character that XML
/// excludes (XML 1.0, 2.2), and a declaration that is malformed.
std::string_view decode_document(std::string_view bytes, std::string& storage);

}  // namespace cookbook::xml_rpc
