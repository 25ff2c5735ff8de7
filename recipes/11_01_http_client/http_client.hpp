// 11.1 HTTP client
//
// Problem:  get, send and change what servers have, over HTTP: forms, files, JSON, cookies, logins,
//           through redirects and proxies, from servers that are slow, wrong or hostile.
// Solution: a session that makes of a request and its URL a response. Below it everything that
//           touches a network is small, and everything else is pure.
//
// Start with session.cpp, the lesson. Then follow a request down: connection/exchange.cpp sends it
// and reads the response, wire/response_parser.cpp knows where that ends, connection/connecting.cpp
// finds the way to the server.
#pragma once

#include "blocking_session.hpp"
#include "message/request.hpp"
#include "message/response.hpp"
#include "session.hpp"
