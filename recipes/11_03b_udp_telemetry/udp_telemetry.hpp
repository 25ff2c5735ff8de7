// 11.3b UDP telemetry server
//
// Problem:  count who sends datagrams, and reply, although anybody may send under any address, as
//           fast as the network allows; and let servers and clients find each other without
//           knowing addresses.
// Solution: a table of clients that is bounded in number, memory and time; counters for all that
// was
//           cut, dropped or refused; groups (multicast) and broadcasts to be found by, and to tell
//           the counters to.
//
// Start with protocol.cpp, what datagrams say, then client_table.cpp. answerer.cpp puts them
// together, still without a socket. server.cpp moves datagrams in the batches of recipe 11.3;
// groups.cpp is all that multicast takes. client.cpp asks, discovers and listens.
#pragma once

#include "client.hpp"
#include "client_table.hpp"
#include "groups.hpp"
#include "protocol.hpp"
#include "server.hpp"
