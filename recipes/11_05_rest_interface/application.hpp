// Recipe 11.5: a simple REST interface.
//
// Problem: a program should be asked and steered over HTTP, by browsers, curl and scripts, without
// a web framework.
// Solution: a resource is a function from request to response; a dispatcher is such a function,
// too, made of others; and a server runs any such function, whatever it does.
// Read application.cpp, then dispatcher.cpp; common/http/connection.cpp is the server.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <string>
#include <string_view>

#include "common/http/message.hpp"
#include "dispatcher.hpp"

namespace cookbook::rest_interface {

/// The original's two resources, and one for each thing that a handler may do besides:
///
///     GET  /hello?name=Guido       a page that greets; POST takes the name from a form
///     GET  /localtime              the date as XML
///     GET  /lines/{count}          a body that is made while it is sent
///     POST /length                 a body of up to 1 GiB, counted while it comes
///     GET  /fibonacci/{n}          work that blocks its thread: one of `pool`, which must outlive
///                                  the dispatcher
[[nodiscard]] Dispatcher make_dispatcher(asio::thread_pool& pool);

/// `text` as HTML shows it: & < > " ' escaped, so that it stays text within elements and quotes.
[[nodiscard]] std::string escape_html(std::string_view text);

}  // namespace cookbook::rest_interface
