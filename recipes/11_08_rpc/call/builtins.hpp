// Python's own exceptions, as C++ types with the same names and the same bases.
#pragma once

#include <algorithm>
#include <boost/mp11/list.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "exceptions.hpp"

namespace cookbook::rpc {

/// A literal as a template argument.
template <std::size_t size>
struct Name {
    // NOLINTNEXTLINE(google-explicit-constructor): it stands for the literal
    consteval Name(const char (&literal)[size]) { std::copy_n(literal, size, text); }
    char text[size];
};

/// throw ZeroDivisionError("division by zero");
template <Name name, typename Base>
class Builtin : public Base {
public:
    static constexpr std::string_view type_name = name.text;

    explicit Builtin(std::string_view text) : Builtin(Tuple{{text}}) {}
    explicit Builtin(Tuple args) : Base(std::string(type_name), std::move(args)) {}

protected:
    Builtin(std::string type, Tuple args) : Base(std::move(type), std::move(args)) {}
};

// clang-format off
using Exception = Builtin<"Exception", RemoteError>;
using ArithmeticError = Builtin<"ArithmeticError", Exception>;
using FloatingPointError = Builtin<"FloatingPointError", ArithmeticError>;
using OverflowError = Builtin<"OverflowError", ArithmeticError>;
using ZeroDivisionError = Builtin<"ZeroDivisionError", ArithmeticError>;
using AssertionError = Builtin<"AssertionError", Exception>;
using AttributeError = Builtin<"AttributeError", Exception>;
using BufferError = Builtin<"BufferError", Exception>;
using EOFError = Builtin<"EOFError", Exception>;
using ImportError = Builtin<"ImportError", Exception>;
using ModuleNotFoundError = Builtin<"ModuleNotFoundError", ImportError>;
using LookupError = Builtin<"LookupError", Exception>;
using IndexError = Builtin<"IndexError", LookupError>;
using KeyError = Builtin<"KeyError", LookupError>;
using MemoryError = Builtin<"MemoryError", Exception>;
using NameError = Builtin<"NameError", Exception>;
using UnboundLocalError = Builtin<"UnboundLocalError", NameError>;
using OSError = Builtin<"OSError", Exception>;
using BlockingIOError = Builtin<"BlockingIOError", OSError>;
using ChildProcessError = Builtin<"ChildProcessError", OSError>;
using ConnectionError = Builtin<"ConnectionError", OSError>;
using BrokenPipeError = Builtin<"BrokenPipeError", ConnectionError>;
using ConnectionAbortedError = Builtin<"ConnectionAbortedError", ConnectionError>;
using ConnectionRefusedError = Builtin<"ConnectionRefusedError", ConnectionError>;
using ConnectionResetError = Builtin<"ConnectionResetError", ConnectionError>;
using FileExistsError = Builtin<"FileExistsError", OSError>;
using FileNotFoundError = Builtin<"FileNotFoundError", OSError>;
using InterruptedError = Builtin<"InterruptedError", OSError>;
using IsADirectoryError = Builtin<"IsADirectoryError", OSError>;
using NotADirectoryError = Builtin<"NotADirectoryError", OSError>;
using PermissionError = Builtin<"PermissionError", OSError>;
using ProcessLookupError = Builtin<"ProcessLookupError", OSError>;
using TimeoutError = Builtin<"TimeoutError", OSError>;
using ReferenceError = Builtin<"ReferenceError", Exception>;
using RuntimeError = Builtin<"RuntimeError", Exception>;
using NotImplementedError = Builtin<"NotImplementedError", RuntimeError>;
using RecursionError = Builtin<"RecursionError", RuntimeError>;
using StopAsyncIteration = Builtin<"StopAsyncIteration", Exception>;
using StopIteration = Builtin<"StopIteration", Exception>;
using SyntaxError = Builtin<"SyntaxError", Exception>;
using IndentationError = Builtin<"IndentationError", SyntaxError>;
using TabError = Builtin<"TabError", IndentationError>;
using SystemError = Builtin<"SystemError", Exception>;
using TypeError = Builtin<"TypeError", Exception>;
using ValueError = Builtin<"ValueError", Exception>;
using UnicodeError = Builtin<"UnicodeError", ValueError>;
using UnicodeDecodeError = Builtin<"UnicodeDecodeError", UnicodeError>;
using UnicodeEncodeError = Builtin<"UnicodeEncodeError", UnicodeError>;
using UnicodeTranslateError = Builtin<"UnicodeTranslateError", UnicodeError>;
using Warning = Builtin<"Warning", Exception>;
using BytesWarning = Builtin<"BytesWarning", Warning>;
using DeprecationWarning = Builtin<"DeprecationWarning", Warning>;
using FutureWarning = Builtin<"FutureWarning", Warning>;
using ImportWarning = Builtin<"ImportWarning", Warning>;
using PendingDeprecationWarning = Builtin<"PendingDeprecationWarning", Warning>;
using ResourceWarning = Builtin<"ResourceWarning", Warning>;
using RuntimeWarning = Builtin<"RuntimeWarning", Warning>;
using SyntaxWarning = Builtin<"SyntaxWarning", Warning>;
using UnicodeWarning = Builtin<"UnicodeWarning", Warning>;
using UserWarning = Builtin<"UserWarning", Warning>;

/// All of them. CPython has each since 3.8 or before.
using Builtins = boost::mp11::mp_list<
    Exception, ArithmeticError, FloatingPointError, OverflowError, ZeroDivisionError, AssertionError, AttributeError,
    BufferError, EOFError, ImportError, ModuleNotFoundError, LookupError, IndexError, KeyError, MemoryError, NameError,
    UnboundLocalError, OSError, BlockingIOError, ChildProcessError, ConnectionError, BrokenPipeError,
    ConnectionAbortedError, ConnectionRefusedError, ConnectionResetError, FileExistsError, FileNotFoundError,
    InterruptedError, IsADirectoryError, NotADirectoryError, PermissionError, ProcessLookupError, TimeoutError,
    ReferenceError, RuntimeError, NotImplementedError, RecursionError, StopAsyncIteration, StopIteration, SyntaxError,
    IndentationError, TabError, SystemError, TypeError, ValueError, UnicodeError, UnicodeDecodeError,
    UnicodeEncodeError, UnicodeTranslateError, Warning, BytesWarning, DeprecationWarning, FutureWarning, ImportWarning,
    PendingDeprecationWarning, ResourceWarning, RuntimeWarning, SyntaxWarning, UnicodeWarning, UserWarning>;
// clang-format on

}  // namespace cookbook::rpc
