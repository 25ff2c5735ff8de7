#include "document.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "11_06_xml_rpc/fault.hpp"
#include "11_06_xml_rpc/value/scalar.hpp"
#include "characters.hpp"
#include "encoding.hpp"
#include "pages.hpp"
#include "references.hpp"

namespace cookbook::xml_rpc {
namespace {

/// All that is in the document becomes a node, as it is: what is not there cannot be refused.
constexpr unsigned parse_all = pugi::parse_cdata | pugi::parse_comments | pugi::parse_pi |
                               pugi::parse_declaration | pugi::parse_doctype |
                               pugi::parse_ws_pcdata | pugi::parse_eol | pugi::parse_fragment;

[[noreturn]] void refuse_xml(const char* what) {
    throw Refused(not_well_formed, what);
}

/// Whether there may be anything below the root that pugixml takes and XML does not allow. Without
/// one of these characters there is no reference, no attribute, comment, instruction or CDATA, and
/// no
/// "]]>"; without a byte above 127 no name that has one. That is so of most documents of numbers.
bool needs_a_look(std::string_view text) {
    unsigned char found = 0;
    for (const char c : text) {  // no branches: the compiler looks at many characters at once
        found |= static_cast<unsigned char>((c == '&') | (c == '"') | (c == '\'') | (c == '!') |
                                            (c == '?') | (c == ']') | ((c & 0x80) != 0));
    }
    return found != 0;
}

/// Checks what pugixml has taken, node by node, and finishes the texts.
class StrictReading {
public:
    /// If it is not `whole`, only what is beside the root is checked.
    StrictReading(std::string& storage, bool whole) : storage_(storage), whole_(whole) {}

    /// Not by recursion: a document may be nested deeper than the stack of a thread.
    void check(pugi::xml_node document) {
        std::vector<pugi::xml_node> next = {document.first_child()};  // of each level that is open
        while (!next.empty()) {
            const pugi::xml_node node = next.back();
            if (!node) {
                next.pop_back();
                continue;
            }
            next.back() = node.next_sibling();
            check_node(node, next.size() == 1);
            if (whole_) {
                next.push_back(node.first_child());
            }
        }
        if (elements_at_top_ != 1) {
            refuse_xml("a document has one root");
        }
    }

private:
    void check_node(pugi::xml_node node, bool at_top) {
        switch (node.type()) {
            case pugi::node_element:
                elements_at_top_ += at_top ? 1 : 0;
                check_name(node.name());
                check_attributes(node);
                break;
            case pugi::node_pcdata:
                check_text(node, at_top);
                break;
            case pugi::node_cdata:
                check_that(!at_top, "text beside the root");
                break;
            case pugi::node_comment:
                check_comment(node.value());
                break;
            case pugi::node_pi:
                check_name(node.name());
                break;
            case pugi::node_doctype:
                // [step 3] Refuse a DOCTYPE: without one, no entity exists. (stub: break;)
                throw Refused(not_a_call, "a DOCTYPE is not taken");
                // [end]
            default:
                refuse_xml("an XML declaration that is not at the start");
        }
    }

    static void check_that(bool holds, const char* what) {
        if (!holds) {
            refuse_xml(what);
        }
    }

    /// pugixml takes any byte above 127 for a letter.
    static void check_name(const char* name) {
        check_that(is_ascii(name), "a name that is not ASCII");
    }

    void check_text(pugi::xml_node node, bool at_top) {
        if (at_top) {
            check_that(is_space(std::string_view(node.value())), "text beside the root");
        } else {
            finish_text(node.value(), "]]>");
        }
    }

    void finish_text(const char* value, std::string_view forbidden) {
        const char* at = value;
        while (*at != '\0' && *at != '&' && *at != forbidden[0]) {
            ++at;
        }
        if (*at == '\0') {
            return;  // nearly every text
        }
        char* const begin = storage_.data() + (value - storage_.data());
        begin[resolve_references({begin, std::strlen(begin)}, forbidden)] = '\0';
    }

    static void check_comment(std::string_view text) {
        check_that(text.find("--") == text.npos && !text.ends_with('-'), "-- in a comment");
    }

    void check_attributes(pugi::xml_node element) {
        if (!element.first_attribute()) {
            return;
        }
        names_.clear();
        for (const pugi::xml_attribute attribute : element.attributes()) {
            check_name(attribute.name());
            finish_text(attribute.value(), "<");
            names_.emplace_back(attribute.name());
        }
        std::ranges::sort(names_);  // 50,000 of them, compared each with each, take a minute
        check_that(std::ranges::adjacent_find(names_) == names_.end(), "an attribute said twice");
    }

    std::string& storage_;
    bool whole_;
    std::size_t elements_at_top_ = 0;
    std::vector<std::string_view> names_;
};

}  // namespace

Document::Document(std::string_view bytes, std::string& storage) {
    keep_pages();
    // pugixml loses the last character if it is text, and passes over a byte order mark: the first
    // is a line feed of ours, the second is refused.
    const std::string_view text = decode_document(bytes, storage);
    const bool whole = needs_a_look(text);  // before pugixml writes into it
    if (text.starts_with("\xef\xbb\xbf")) {
        refuse_xml("text beside the root");
    }
    char* const begin = storage.data() + (text.data() - storage.data());
    const pugi::xml_parse_result parsed =
        tree_.load_buffer_inplace(begin, text.size(), parse_all, pugi::encoding_utf8);
    if (parsed.status == pugi::status_bad_doctype) {
        throw Refused(not_a_call, "a DOCTYPE is not taken");
    }
    if (parsed.status == pugi::status_out_of_memory) {
        throw std::bad_alloc();
    }
    if (!parsed) {
        refuse_xml(parsed.description());
    }
    StrictReading(storage, whole).check(tree_);
}

}  // namespace cookbook::xml_rpc
