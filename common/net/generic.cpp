#include "common/net/generic.hpp"

#include <utility>

namespace cookbook {
namespace {

template <typename SpecificAddress>
asio::awaitable<StreamSocket> connect_to(SpecificAddress address) {
    co_return StreamSocket(co_await connect(std::move(address)));
}

}  // namespace

StreamAcceptor listen(const asio::any_io_executor& executor, const Address& address) {
    return std::visit(
        [&](const auto& specific) { return StreamAcceptor(listen(executor, specific)); }, address);
}

Address local_address(const StreamAcceptor& acceptor) {
    return to_address(acceptor.local_endpoint());
}

asio::awaitable<StreamSocket> connect(Address address) {
    return std::visit([](auto& specific) { return connect_to(std::move(specific)); }, address);
}

}  // namespace cookbook
