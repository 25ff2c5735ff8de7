// 11.5 REST interface
//
// Problem:  query and control a program over HTTP, from browsers, curl and scripts, without a web
//           framework.
// Solution: a resource is a function from request to response. A dispatcher, made of such
//           functions, is one itself, and a server runs any of them.
//
// Start with rest_interface.cpp, then read dispatcher.cpp. The server is
// common/http/connection.cpp.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/http/server.hpp"
#include "dispatcher.hpp"

namespace cookbook::rest_interface {

/// The original's two resources, and one for each thing that a handler may do besides:
///
///     GET  /hello?name=Guido       a page that greets; POST takes the name from a form
///     GET  /localtime              the date as XML
///     GET  /lines/{count}          a body that is made while it is sent
///     POST /length                 a body of up to 1 GiB, a form too, counted while it comes
///     GET  /fibonacci/{n}          work that blocks its thread: one of `pool`, which must outlive
///                                  the dispatcher
[[nodiscard]] Dispatcher make_dispatcher(asio::thread_pool& pool);

/// `text` as HTML shows it: & < > " ' escaped, so that it stays text within elements and quotes.
[[nodiscard]] std::string escape_html(std::string_view text);

struct Options {
    http::Limits limits;
    std::string origin;  // whose pages may use the service; empty: nobody's but its own
    std::size_t max_requests = 1000;  // at once; more get 503
};

/// Serves the resources as http::serve() does: logged, limited and, if `options` names an origin,
/// with CORS.
asio::awaitable<void> serve(tcp::acceptor acceptor, Options options);

}  // namespace cookbook::rest_interface
