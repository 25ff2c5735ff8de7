// 11.13 Large arrays
//
// Problem:  send and receive a large array of numbers with as few copies of it as possible.
// Solution: give the socket the memory of the array itself, and go on where it stopped. The header
//           of NumPy's .npy says what comes, so that the receiver can refuse it, or make room,
//           before the first element arrives.
//
// Start with bulk.cpp, sending and receiving. npy.cpp and header_scanner.cpp read a header that may
// lie, client.cpp receives what it announces. The server sends from memory (bulk.cpp), without even
// the kernel's copy (zero_copy.cpp), or from a file (send_file.cpp).
#pragma once

#include "buffer.hpp"
#include "bulk.hpp"
#include "byte_order.hpp"
#include "npy.hpp"
