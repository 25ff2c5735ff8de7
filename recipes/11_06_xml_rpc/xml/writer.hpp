// From values to a document.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_06_xml_rpc/fault.hpp"
#include "11_06_xml_rpc/value/value.hpp"

namespace cookbook::xml_rpc {

/// What no document can carry: a text that is not UTF-8, or has a character that XML excludes, to
/// which there is no reference either (XML 1.0, 4.1); or a result that is too large.
class Unwritable : public std::invalid_argument {
public:
    explicit Unwritable(const char* why = "a text has a character that XML cannot carry")
        : invalid_argument(why) {}
};

/// Append a document as CPython's xmlrpc.client.dumps() lays it out. Two things are different: a
/// carriage return is written as a reference, since raw ones are read as line feeds; and integers
/// beyond 32 bits are <i8>. Throw Unwritable, also for a result with which `out` would be larger
/// than `max_size`; then `out` is as it was.
void write_call(std::string& out, std::string_view method, std::span<const Value> params);
void write_result(std::string& out, const Value& result, std::size_t max_size = std::string::npos);
void write_fault(std::string& out, const Fault& fault);

}  // namespace cookbook::xml_rpc
