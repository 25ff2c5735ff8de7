// 11.6b XML-RPC service
//
// Problem:  offer functions to callers of whom each may do something else: list what there is, make
//           many calls in one request, look at files, and stop the server, without one of them
//           getting at what is another's, or at all of the machine.
// Solution: four layers, each of which decides what only it can know: the socket, from where; HTTP,
//           who and how often; the table of methods, whether they may; the kernel, which files.
//
// Start with table/method_table.cpp, then table/multicall.cpp. confined.cpp is the kernel's part,
// access/gate.cpp is HTTP's. methods/ has what can be called.
#pragma once

#include <filesystem>
#include <optional>

#include "11_06_xml_rpc/xml/reader.hpp"
#include "access/gate.hpp"
#include "common/http/server.hpp"
#include "confined.hpp"
#include "table/method_table.hpp"
#include "table/multicall.hpp"

namespace cookbook::xml_rpc_service {

struct ServiceOptions {
    http::Limits limits = {};
    xml_rpc::ReadLimits read_limits = {};
    MulticallLimits multicall = {};
    AccessOptions access = {};
    std::optional<std::filesystem::path> root = {};  // of file.list and file.info
};

/// The service: its methods, and who may call them. One thread.
///
///     Service service({.root = "/srv/public"});
///     co_await service.serve(listen(executor, {.port = 8000}));
class Service {
public:
    /// Throws std::system_error, "open PATH: reason", if the root cannot be opened.
    explicit Service(ServiceOptions options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// Serves /RPC2 and /xmlrpc until the caller is cancelled, or system.shutdown is called, then
    /// drains, as http::serve() does. Once.
    asio::awaitable<void> serve(tcp::acceptor acceptor,
                                http::MakeStream make_stream = http::plain_stream);

    /// Methods can be added before serve().
    [[nodiscard]] MethodTable& table() noexcept { return table_; }

private:
    http::ResponseFuture respond(http::Request& request);
    asio::awaitable<http::Response> authenticate_and_respond(http::Request& request);
    asio::awaitable<http::Response> read_and_respond(http::Request& request, const Roles& roles);
    http::Response respond_to(http::Request& request, const Roles& roles,
                              std::string_view document);

    ServiceOptions options_;
    std::optional<ConfinedFolder> root_;
    MethodTable table_;
    xml_rpc::Reader reader_;                      // its memory is kept from call to call
    std::optional<asio::steady_timer> shutdown_;  // cancelled, it is ordered
    Gate gate_;
};

}  // namespace cookbook::xml_rpc_service
