// From a document to values: the lesson.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "11_06_xml_rpc/fault.hpp"
#include "11_06_xml_rpc/value/value.hpp"
#include "document.hpp"

namespace cookbook::xml_rpc {

/// A <methodCall>.
struct Call {
    std::string method;
    Array params;
};

/// The <params> of a <methodResponse>: one value, if its sender keeps to XML-RPC.
struct Results {
    Array values;
};

/// What a document may be.
using Message = std::variant<Call, Results, Fault>;

struct ReadLimits {
    std::size_t max_depth = 100;       // arrays and structs within each other
    std::size_t max_values = 100'000;  // in one document
};

/// Reads documents, one after the other, and keeps the memory that it needs from one to the next.
class Reader {
public:
    explicit Reader(ReadLimits limits = {}) : limits_(limits) {}

    /// Throws Refused.
    [[nodiscard]] Message read(std::string_view document);

private:
    /// An array or struct that has not come to its end.
    struct Open {
        pugi::xml_node next;  // of its items or members; perhaps space before it
        std::size_t first;    // where its values begin in values_
        bool is_struct;
    };

    Call read_call(pugi::xml_node root);
    Message read_response(pugi::xml_node root);
    Array read_params(pugi::xml_node params);
    Fault read_fault(pugi::xml_node fault);
    Value read_value(pugi::xml_node value);

    void begin_value(pugi::xml_node value);
    void open(pugi::xml_node element, bool is_struct);
    void go_on();
    pugi::xml_node begin_member(pugi::xml_node member);
    void close();
    [[nodiscard]] std::string_view text_of(pugi::xml_node element);

    ReadLimits limits_;
    std::string storage_;             // of the document
    std::string text_;                // that came in pieces
    std::vector<Open> open_;          // what is not at its end, the innermost last
    Array values_;                    // theirs, one after another: a list grows in kept memory
    std::vector<std::string> names_;  // of the members of the structs
    std::size_t count_ = 0;
};

/// A fault as a value: a struct of faultCode, an integer, and faultString. Nothing if it is none.
[[nodiscard]] std::optional<Fault> to_fault(const Value& value);

}  // namespace cookbook::xml_rpc
