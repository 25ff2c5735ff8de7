// How a call says that it has failed, and how a document does.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace cookbook::xml_rpc {

/// Codes that every implementation knows ("Specification for Fault Code Interoperability", 2001),
/// and CPython's for whatever a function throws.
enum FaultCode : std::int64_t {
    not_well_formed = -32700,
    not_a_call = -32600,
    no_such_method = -32601,
    wrong_arguments = -32602,
    internal_error = -32603,
    function_failed = 1,
};

/// Thrown by a function that is called, and by the call of one elsewhere. what() is "fault CODE:
/// TEXT".
class Fault : public std::runtime_error {
public:
    Fault(std::int64_t fault_code, const std::string& fault_text)
        : runtime_error("fault " + std::to_string(fault_code) + ": " + fault_text),
          code(fault_code),
          text(fault_text) {}

    std::int64_t code;
    std::string text;
};

/// Why a document was not taken: what() says it, `code` is what a server responds.
class Refused : public std::runtime_error {
public:
    Refused(FaultCode with_code, const std::string& what) : runtime_error(what), code(with_code) {}

    FaultCode code;
};

}  // namespace cookbook::xml_rpc
