// From values to a document.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_06_xml_rpc/fault.hpp"
#include "11_06_xml_rpc/value/value.hpp"

namespace cookbook::xml_rpc {

/// A text that no document can carry: it is not UTF-8, or has a character that XML excludes, to
/// which there is no reference either (XML 1.0, 4.1).
class Unwritable : public std::invalid_argument {
public:
    Unwritable() : invalid_argument("a text has a character that XML cannot carry") {}
};

/// Append a document as CPython's xmlrpc.client.dumps() lays it out. Two things are different: a
/// carriage return is written as a reference, since raw ones are read as line feeds; and integers
/// beyond 32 bits are <i8>. Throw Unwritable; then `out` is as it was.
void write_call(std::string& out, std::string_view method, std::span<const Value> params);
void write_result(std::string& out, const Value& result);
void write_fault(std::string& out, const Fault& fault);

}  // namespace cookbook::xml_rpc
