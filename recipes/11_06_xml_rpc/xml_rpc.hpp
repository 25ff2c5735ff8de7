// 11.6 XML-RPC
//
// Problem:  call functions of a program elsewhere, whatever language it is written in, by name,
// with
//           arguments that have types.
// Solution: a call is a document of XML, and so is its result. A reader makes typed values of one
//           node at a time; a dispatcher calls a C++ function whose signature is the contract.
//
// Start with reader.cpp, the lesson, then dispatcher.cpp. document.cpp is the border behind which
// there is nothing but well-formed XML; proxy.cpp is the client.
#pragma once

#include <cstddef>

#include "application.hpp"
#include "common/http/server.hpp"
#include "dispatcher.hpp"
#include "key_value.hpp"
#include "proxy.hpp"

namespace cookbook::xml_rpc {

struct ServerOptions {
    http::Limits limits = {};
    ReadLimits read_limits = {};
    std::size_t max_store = 64 << 20;  // bytes of memory
};

/// Serves a KeyValueStore, as http::serve() does: its five methods on / and /RPC2.
asio::awaitable<void> serve_store(tcp::acceptor acceptor, ServerOptions options,
                                  http::MakeStream make_stream = http::plain_stream);

}  // namespace cookbook::xml_rpc
