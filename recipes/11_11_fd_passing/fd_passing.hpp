// 11.11 Passing descriptors between processes
//
// Problem:  one process accepts connections, others serve them; and a server is to be replaced
//           while clients connect, without one of them noticing.
// Solution: descriptors travel over a UNIX socket, as Python's send_handle() sends them; the sender
//           keeps its copy until the receiver has answered. A successor is sent the listening
//           sockets.
//
// Start with fd_message.cpp: that is all of the wire. Then the rules by which nothing is lost and
// nothing served twice, worker_link.cpp, and who keeps them: dispatcher.cpp hands over, worker.cpp
// takes. server.cpp puts them together and ends in order; take_over.cpp replaces a running server;
// fork.cpp makes workers.
#pragma once

#include "fd_message.hpp"
#include "fork.hpp"
#include "join.hpp"
#include "server.hpp"
#include "take_over.hpp"
