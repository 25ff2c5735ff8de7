// 11.3c Reliable file transfer
//
// Problem:  bring a file to the other end over datagrams, which get lost, come twice, and overtake
//           each other, and of which nobody is told.
// Solution: numbered blocks, acknowledgements and a timer: TFTP, with its sliding window, which
//           curl, atftp and the ROMs that boot machines speak.
//
// Start with window.cpp, how a sender and a receiver deal with what the network does; neither knows
// a socket or a file. retransmission_timeout.cpp is how long they wait. transfer.cpp runs them over
// the packets of tftp.cpp. server.cpp and client.cpp begin transfers; root_folder.cpp keeps what
// peers name within one folder.
#pragma once

#include "client.hpp"
#include "root_folder.hpp"
#include "server.hpp"
#include "tftp.hpp"
#include "transfer.hpp"
#include "window.hpp"
