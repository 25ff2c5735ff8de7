// 11.8 Remote procedure calls
//
// Problem:  a program wants to call the functions of another one, in Python or in C++, as if they
//           were its own: with arguments by position and by name, and with exceptions that arrive
//           where a result was expected.
// Solution: register functions under their names; what they take and give is deduced from their
//           declarations. A call is a message, over 11.7's connections or over ZeroMQ, and so is
//           its outcome: in the two pickle forms of Python's original, or as JSON-RPC 2.0, many at
//           once.
//
// Start with call/deduce.hpp, where a function of any types becomes one of values, and
// call/arguments.cpp, which finds a value for each parameter. Then follow a call:
// session/session.cpp receives it, forms/pickle_form.cpp or forms/json_rpc_request.cpp reads it,
// call/exceptions.cpp turns what goes wrong into a reply, session/flights.cpp ends what takes too
// long. zmq/router.cpp gives each peer of a ZeroMQ socket such a session.
#pragma once

#include "call/builtins.hpp"
#include "call/handler.hpp"
#include "session/json_rpc_client.hpp"
#include "session/proxy.hpp"
#include "session/session.hpp"
#include "zmq/dealer_channel.hpp"
#include "zmq/router.hpp"
