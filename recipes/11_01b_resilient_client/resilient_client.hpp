// 11.1b Resilient HTTP client
//
// Problem:  ask many servers many things, though some are slow, some fail now and then, and some
// are
//           down, and do them no harm by asking again.
// Solution: 11.1's exchange, wrapped in layers, each of which makes of a request a result: a cache,
// a
//           circuit breaker, retries with a budget, a pool of connections. What the layers decide
//           is pure: rules/ has it, and takes the time as an argument.
//
// Start with client.cpp, which puts the layers together. Then follow a request down:
// layers/cache.cpp, layers/breakers.cpp, layers/retries.cpp, layers/pool.cpp. gather.cpp runs many
// at once.
#pragma once

#include "client.hpp"
#include "gather.hpp"
#include "layers/layer.hpp"
