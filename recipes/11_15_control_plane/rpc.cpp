#include "rpc.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>
#include <vector>

#include "11_06_xml_rpc/application.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "11_06b_xml_rpc_service/table/introspection.hpp"
#include "11_06b_xml_rpc_service/table/multicall.hpp"
#include "11_10_tls/tls.hpp"
#include "common/http/server.hpp"

namespace cookbook::control_plane {
namespace {

using xml_rpc_service::MethodTable;

const std::vector<std::string> rpc_paths = {"/RPC2"};

/// A call that was made: what is logged, and the response.
struct Outcome {
    std::string method = "-";
    std::string verdict = "no call";
    std::string document = {};
};

/// Does all that a document asks for. A table is made for each: that takes microseconds, and then
/// nothing refers to a connection that is not its own.
Outcome call_document(Connection& connection, const std::string& document, const std::string& name,
                      const RpcOptions& options) {
    MethodTable table;
    add_ipam(table, connection, name, options);
    add_introspection(table);
    add_multicall(table, {.max_calls = options.max_calls});
    const xml_rpc_service::Roles no_roles;
    const xml_rpc_service::Caller caller(no_roles);

    Outcome outcome;
    const xml_rpc::Callee call = [&](std::string_view method, xml_rpc::Array arguments) {
        if (table.entries().contains(method)) {
            outcome.method = method;  // a name of ours: nobody writes lines into the log
        }
        try {
            xml_rpc::Value result = table.call(caller, method, std::move(arguments));
            outcome.verdict = "ok";
            return result;
        } catch (const xml_rpc::Fault& fault) {
            outcome.verdict = fmt::format("fault {}", fault.code);
            throw;
        }
    };
    xml_rpc::Reader reader;
    respond_to_call(outcome.document, reader, call, document);
    return outcome;
}

/// The web application for one connection, whose peer has shown who it is.
class CallHandler {
public:
    CallHandler(Service& service, const RpcOptions& options, std::string name)
        : service_(service), options_(options), name_(std::move(name)) {}

    http::ResponseFuture operator()(http::Request& request) const {
        if (auto refusal = xml_rpc::refuse_request(request, rpc_paths)) {
            return *std::move(refusal);
        }
        return respond(request);
    }

private:
    asio::awaitable<http::Response> respond(http::Request& request) const {
        const auto began = std::chrono::steady_clock::now();
        const std::string document(co_await request.read_body());
        Outcome outcome = co_await call(document);
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - began;
        spdlog::info("{} {} {} {:.1f} ms name={}", request.peer.address().to_string(),
                     outcome.method, outcome.verdict, took.count(), name_);
        http::Response response(http::status::ok, "text/xml");
        response.data() = std::move(outcome.document);
        co_return response;
    }

    asio::awaitable<Outcome> call(const std::string& document) const {
        const std::function<Outcome(Connection&)> work =
            [document, name = name_, options = options_](Connection& connection) {
                return call_document(connection, document, name, options);
            };
        try {
            co_return co_await service_.change(work);
        } catch (const rest_api::DatabaseError& error) {
            Outcome outcome = {.verdict = "fault 503"};  // the call was not taken, or cut short
            xml_rpc::write_fault(outcome.document, to_fault(error));
            co_return outcome;
        }
    }

    Service& service_;
    const RpcOptions& options_;
    std::string name_;
};

asio::awaitable<void> serve_caller(tls::TlsStream& stream, Service& service,
                                   const RpcOptions& options) {
    const http::Application application = CallHandler(service, options, stream.peer_name());
    co_await http::handle(stream, options.limits, application);
}

}  // namespace

asio::awaitable<void> serve_rpc(tcp::acceptor acceptor, Service& service,
                                const tls::ServerCredentials& credentials,
                                const RpcOptions& options) {
    const auto handle = [&](tls::TlsStream& stream) {
        return serve_caller(stream, service, options);
    };
    co_await cookbook::serve(std::move(acceptor), options.limits,
                             tls::over_tls(credentials, handle));
}

}  // namespace cookbook::control_plane
