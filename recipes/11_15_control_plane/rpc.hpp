// The same over XML-RPC: for programs that show a certificate.
#pragma once

#include <cstddef>
#include <string>

#include "11_05b_rest_api/database_error.hpp"
#include "11_06_xml_rpc/fault.hpp"
#include "11_06b_xml_rpc_service/table/method_table.hpp"
#include "11_10_tls/credentials.hpp"
#include "common/async/asio.hpp"
#include "common/http/limits.hpp"
#include "service.hpp"

namespace cookbook::control_plane {

struct RpcOptions {
    http::Limits limits = {};
    bool owner_is_cn = false;  // whoever calls may act for the owner of its certificate's name only
    std::size_t max_calls = 256;  // in one multicall, each a transaction of its own
};

/// What a caller is told of it: 503. What it says is for the log.
[[nodiscard]] xml_rpc::Fault to_fault(const rest_api::DatabaseError& error);

/// Adds ipam.allocate, release, releaseAll, renew, lookup and pools, over this connection, for the
/// caller whose certificate names it `name`. Their faults' codes are REST's statuses. All must
/// outlive the table.
void add_ipam(xml_rpc_service::MethodTable& table, Connection& connection, const std::string& name,
              const RpcOptions& options);

/// Serves POST /RPC2 over TLS, to whoever shows a certificate that `credentials` ask for, until the
/// caller is cancelled, then drains. A request is one piece of work for the database's threads. All
/// must outlive it.
asio::awaitable<void> serve_rpc(tcp::acceptor acceptor, Service& service,
                                const tls::ServerCredentials& credentials,
                                const RpcOptions& options);

}  // namespace cookbook::control_plane
