// JSON-RPC 2.0 (jsonrpc.org/specification): requests, notifications, batches and responses. Pure:
// text in, values out. It is plain JSON: what JSON has no word for does not travel.
#pragma once

#include "json_rpc_error.hpp"
#include "json_rpc_request.hpp"
#include "json_rpc_response.hpp"
