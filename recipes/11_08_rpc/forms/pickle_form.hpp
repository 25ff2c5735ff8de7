// The two forms of Python's original: a call as a pickle, and a pickle within a pickle. Pure: bytes
// in, values out.
#pragma once

#include <string>
#include <string_view>

#include "11_08_rpc/call/call.hpp"
#include "11_08_rpc/call/exceptions.hpp"
#include "form_error.hpp"

namespace cookbook::rpc {

/// How messages are written. pickle: the original over multiprocessing, whose
/// `connection.send(pickle.dumps(call))` pickles twice. tuple: `connection.send(call)`, or the
/// original over ZeroMQ, whose send() takes bytes. json: JSON-RPC 2.0.
enum class Form { pickle, tuple, json };

/// Whether a message is a pickle, of protocol 2 or later, and not JSON.
bool is_pickle(std::string_view message);

struct PickledCall {
    Form form = Form::pickle;  // pickle or tuple
    Call call;
};

/// Reads the call `(name, args, kwargs)` of a message, in either form. Throws FormError and what
/// from_pickle() throws; exceptions are refused, like all that is no plain data.
PickledCall unwrap_call(std::string_view message);

std::string wrap_call(const Call& call, Form form);
std::string wrap_result(const Value& result, Form form);
/// As Python pickles an exception. It must be one that to_python() has returned.
std::string wrap_exception(const RemoteError& error, Form form);

/// The result that a reply holds; throws the exception that it holds, as raise() does. Its class is
/// a name and nothing more: nothing is looked up. Throws FormError and what from_pickle() throws if
/// the reply is neither, or has an exception within a result.
Value unwrap_reply(std::string_view message, Form form);

}  // namespace cookbook::rpc
