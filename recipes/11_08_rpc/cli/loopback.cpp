#include "loopback.hpp"

#include <string>
#include <system_error>

#include "common/async/asio.hpp"

namespace cookbook::rpc {
namespace {

asio::ip::address resolve(const std::string& host) try {
    asio::io_context context;
    return tcp::resolver(context).resolve(host, "").begin()->endpoint().address();
} catch (const boost::system::system_error& failure) {
    throw std::system_error(failure.code(), "resolve " + host);
}

}  // namespace

void add_zmq(CLI::App& command, bool& zmq) {
    command
        .add_flag("--zmq", zmq,
                  "ZeroMQ instead of 11.7's connections: loopback addresses only, without a key")
        ->excludes(command.get_option("--unix"));
}

HostPort loopback_address(const HostPort& address) {
    const asio::ip::address host = resolve(address.host);
    if (!host.is_loopback()) {
        throw CLI::ValidationError("--host",
                                   "--zmq has no key, so it takes loopback addresses only");
    }
    return {host.to_string(), address.port};
}

}  // namespace cookbook::rpc
