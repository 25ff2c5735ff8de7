// The client of the command line.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "proxy.hpp"

namespace cookbook::xml_rpc {

struct ClientSettings {
    std::vector<std::string> texts;               // URL METHOD [JSON …], or "decode"
    asio::steady_timer::duration max_time = 30s;  // for the whole call
    tls::ClientOptions tls;
    std::optional<http_client::Credentials> credentials = {};  // instead of those of the URL
};

/// A proxy for the URL, as the settings have it.
[[nodiscard]] Proxy make_proxy(const ClientSettings& settings);

/// As call_with(), within a limit for the whole call: beyond it a RequestError, timed out.
asio::awaitable<Value> call_within(asio::steady_timer::duration max_time, Proxy& proxy,
                                   std::string method, Array params);

/// Returns what `work` returns. What it throws, but for Ctrl-C, is thrown as one short line: a
/// Fault as one without line breaks, all else as std::runtime_error.
int with_short_failures(const std::function<int()>& work);

/// Calls a method and prints the result as JSON, or, if the only text is "decode", the document on
/// stdin. Returns the exit status. Throws CLI::ParseError for bad usage, Fault without line breaks,
/// and std::runtime_error of one short line for everything else.
int run_client(const ClientSettings& settings);

}  // namespace cookbook::xml_rpc
