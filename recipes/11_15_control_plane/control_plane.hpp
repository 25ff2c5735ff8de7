// 11.15 Control plane
//
// Problem:  many machines need addresses out of the same networks, at the same time, from several
//           servers; some of the machines die, and people want to see what happens while it does.
// Solution: one transaction for each change, in a database that one server has embedded or several
//           share. It takes the address and writes the event that tells of it, with the next
//           number; REST, XML-RPC and WebSocket are three ways in and out.
//
// Start with store.cpp, the transactions, and change.cpp, which numbers their events; then read
// events.cpp, in which a watcher misses none of them. pool.cpp says what may be given out.
// rest.cpp, rpc.cpp and sweep.cpp are a screen each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "common/http/limits.hpp"
#include "common/net/address.hpp"

namespace cookbook::control_plane {

struct ServerOptions {
    HostPort address{.port = 8080};
    std::uint16_t rpc_port = 8443;
    std::filesystem::path data = "ipam-data";
    std::string database = {};        // postgresql://…; the folder's ipam.db if empty
    std::filesystem::path cert = {};  // of XML-RPC's; the folder's server.pem if empty
    std::filesystem::path key = {};
    http::Limits limits = {};
    std::vector<std::string> origins = {};  // whose pages may watch, besides our own
    std::int64_t keep_events = 100'000;
    asio::steady_timer::duration sweep = 1s;
    bool owner_is_cn = false;
};

/// The acceptors of both ports.
struct Doors {
    tcp::acceptor rest;
    tcp::acceptor rpc;
};

/// Listens on both ports. Throws std::system_error, "listen on HOST:PORT: reason".
asio::awaitable<Doors> open_doors(const ServerOptions& options);

/// Runs the whole service until the caller is cancelled, then drains: watchers are told 1001,
/// requests under way are answered. Calls `on_ready` once its files and its database are there.
/// Throws DatabaseError, std::invalid_argument for a malformed URL, and what make_data_folder() and
/// tls::ServerCredentials throw.
asio::awaitable<void> serve(
    Doors doors, ServerOptions options, std::function<void()> on_ready = [] {});

}  // namespace cookbook::control_plane
