// Exceptions that travel: a function raises one on one side, its caller catches it on the other.
#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

#include "call.hpp"

namespace cookbook::rpc {

/// An exception of Python's: a class, by its name, and its arguments. Those of Python's own classes
/// have types of the same names (builtins.hpp): `catch (const ValueError&)`. what() is the last
/// line of Python's traceback, "KeyError: 'nosuch'".
class RemoteError : public std::runtime_error {
public:
    /// `type`: "ValueError"; with the module if that is not builtins,
    /// "json.decoder.JSONDecodeError".
    RemoteError(std::string type, Tuple args);

    [[nodiscard]] const std::string& type() const noexcept { return type_; }
    [[nodiscard]] const Tuple& args() const noexcept { return args_; }

protected:
    /// With another what().
    RemoteError(const std::string& what, std::string type, Tuple args);

private:
    std::string type_;
    Tuple args_;
};

/// Whether it is one of Python's own exceptions (builtins.hpp).
bool is_builtin(std::string_view type);

/// Throws the exception of that name as its own type, or as a RemoteError if it has none.
[[noreturn]] void raise(const std::string& type, Tuple args);

/// What a function has thrown, as the exception of Python's that says the same. It can always be
/// sent: its type is one of builtins.hpp, never a name that a peer has sent, and its arguments are
/// such as the type's constructor takes in every CPython from 3.8 on.
RemoteError to_python(const std::exception_ptr& failure);

}  // namespace cookbook::rpc
