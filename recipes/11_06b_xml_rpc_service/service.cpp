#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <vector>

#include "11_06_xml_rpc/application.hpp"
#include "common/async/task_group.hpp"
#include "methods/methods.hpp"
#include "table/introspection.hpp"
#include "xml_rpc_service.hpp"

namespace cookbook::xml_rpc_service {
namespace {

const std::vector<std::string> paths = {"/RPC2", "/xmlrpc"};

/// The folder, unless there is none, or the kernel cannot confine anybody to it.
std::optional<ConfinedFolder> open_root(const std::optional<std::filesystem::path>& path) {
    if (!path) {
        return {};
    }
    std::optional<ConfinedFolder> root(std::in_place, *path);
    if (!root->works()) {
        spdlog::warn("no files: this system has no openat2, or forbids it");
        root.reset();
    }
    return root;
}

/// Ends when the timer is cancelled, or the caller is.
asio::awaitable<void> wait_for_shutdown(asio::steady_timer& order) {
    co_await order.async_wait(use_nothrow);
}

}  // namespace

Service::Service(ServiceOptions options)
    : options_(std::move(options)),
      root_(open_root(options_.root)),
      reader_(options_.read_limits),
      gate_(std::move(options_.access)) {
    add_introspection(table_);
    add_multicall(table_, options_.multicall);
    add_validator(table_);
    add_calculator(table_);
    add_text(table_);
    add_files(table_, root_ ? &*root_ : nullptr);
    // Only an order: the connection that is being served, too, ends after its response.
    add_system(table_, [this] {
        if (shutdown_) {
            shutdown_->cancel();
        }
    });
}

asio::awaitable<void> Service::serve(tcp::acceptor acceptor, http::MakeStream make_stream) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    shutdown_.emplace(acceptor.get_executor(), asio::steady_timer::time_point::max());
    TaskGroup group(acceptor.get_executor());
    group.spawn(http::serve(
        std::move(acceptor), options_.limits,
        [this](http::Request& request) { return respond(request); }, std::move(make_stream)));
    group.spawn(wait_for_shutdown(*shutdown_));
    co_await group.join_first();
}

/// The order of the questions: from where, for what, how often, who. Nothing of a body is read
/// before all are settled. Most requests need no coroutine.
http::ResponseFuture Service::respond(http::Request& request) {
    if (auto refusal = gate_.refuse_peer(request)) {
        return *std::move(refusal);
    }
    if (auto refusal = xml_rpc::refuse_request(request, paths)) {
        return *std::move(refusal);
    }
    if (auto refusal = gate_.refuse_rate(request)) {
        return *std::move(refusal);
    }
    const Roles* const roles = gate_.roles_of(request);
    if (roles == nullptr) {
        return authenticate_and_respond(request);
    }
    if (request.source != nullptr) {
        if (const auto body = request.source->read_whole(request.max_body)) {
            return respond_to(request, *roles, *body);
        }
    }
    return read_and_respond(request, *roles);
}

asio::awaitable<http::Response> Service::authenticate_and_respond(http::Request& request) {
    const http::Result<const Roles*> roles = co_await gate_.authenticate(request);
    if (!roles) {
        co_return to_response(roles.error());
    }
    co_return co_await read_and_respond(request, **roles);
}

asio::awaitable<http::Response> Service::read_and_respond(http::Request& request,
                                                          const Roles& roles) {
    const std::string_view document = co_await request.read_body();
    co_return respond_to(request, roles, document);
}

http::Response Service::respond_to(http::Request& request, const Roles& roles,
                                   std::string_view document) {
    http::Response response(http::status::ok, "text/xml");
    const auto take_turn = [&] { return gate_.take_turn(request); };
    const Caller caller(roles, std::ref(take_turn));
    const xml_rpc::Callee call = [&](std::string_view name, Array arguments) {
        return table_.call(caller, name, std::move(arguments));
    };
    respond_to_call(response.data(), reader_, call, document);
    return response;
}

}  // namespace cookbook::xml_rpc_service
