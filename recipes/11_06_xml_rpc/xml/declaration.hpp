// What a document says of itself. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace cookbook::xml_rpc {

/// <?xml version="1.0" encoding="utf-8" standalone="yes"?> (XML 1.0, 2.8)
struct Declaration {
    std::size_t size = 0;  // 0: there is none
    std::string_view encoding = {};
};

/// The declaration with which a text begins, if it begins with one. Throws Refused if that is
/// malformed.
[[nodiscard]] Declaration read_declaration(std::string_view text);

}  // namespace cookbook::xml_rpc
