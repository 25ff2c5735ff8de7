// The client of the command line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "11_06_xml_rpc/client.hpp"

namespace cookbook::xml_rpc_service {

using xml_rpc::Struct;

struct ClientOptions {
    xml_rpc::ClientSettings call = {};  // its texts are URL [METHOD [JSON …]]
    std::string user = {};
    std::filesystem::path password_file = {};
};

/// Calls a method and prints the result, as 11.6's client does; or, without a method, each line of
/// stdin, ["method", argument, …], by system.multicall: prints a line for each, the result or
/// {"fault": …}. Returns the exit status: 1 if there was a fault. Throws CLI::ParseError for bad
/// usage, and as xml_rpc::run_client() does.
int run_client(ClientOptions options);

/// A line as system.multicall takes it. Throws std::invalid_argument if it is not a call.
[[nodiscard]] Struct parse_call(std::string_view line);

}  // namespace cookbook::xml_rpc_service
