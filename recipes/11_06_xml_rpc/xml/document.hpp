// XML without its traps: pugixml, which takes almost anything, made strict.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace cookbook::xml_rpc {

/// A document that is well-formed as CPython's parser, expat, decides it, or more strictly, and has
/// no DOCTYPE, so that no entity exists. (More strictly: names are ASCII; and see
/// decode_document().)
///
/// The texts of its nodes are final: references are resolved, and what they stand for is no markup.
/// One text may come in pieces, as the document has it: pcdata, cdata, with comments and processing
/// instructions between.
class Document {
public:
    /// `storage` gets the text, in which the nodes point; it must outlive the document. Throws
    /// Refused: not_a_call for a DOCTYPE, otherwise not_well_formed.
    Document(std::string_view bytes, std::string& storage);

    [[nodiscard]] pugi::xml_node root() const { return tree_.document_element(); }

private:
    pugi::xml_document tree_;
};

}  // namespace cookbook::xml_rpc
