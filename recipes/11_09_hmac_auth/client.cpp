#include "client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/cli/conversation.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::hmac_auth {
namespace {

using boost::system::system_error;

[[noreturn]] void fail_to_authenticate(const error_code& error, const std::string& server) {
    throw std::system_error(error, "authenticate with " + server);
}

}  // namespace

asio::awaitable<void> talk(HostPort server, Mac mac, Options options,
                           std::optional<std::string> message, std::FILE* output,
                           asio::steady_timer::duration limit) {
    const std::string name = to_string(server);
    SocketStream stream(co_await connect(server, limit));
    try {
        co_await authenticate_to_server(stream, std::move(mac), options);
    } catch (const system_error& failure) {
        fail_to_authenticate(failure.code(), name);
    }
    Conversation conversation(stream, name, output, limit);
    const auto nothing_came = [&] { return !options.mutual && conversation.received() == 0; };
    try {
        co_await (message ? conversation.send_text(std::move(*message))
                          : conversation.send_input(STDIN_FILENO));
    } catch (const system_error& failure) {
        if (nothing_came() && is_hang_up(failure.code())) {
            fail_to_authenticate(Error::hung_up, name);
        }
        throw;
    }
    if (nothing_came() && (conversation.sent() > 0 || !conversation.complete())) {
        fail_to_authenticate(Error::hung_up, name);
    }
    if (conversation.received() < conversation.sent()) {
        throw std::runtime_error(fmt::format("{} has sent {} of {} bytes back", name,
                                             conversation.received(), conversation.sent()));
    }
}

}  // namespace cookbook::hmac_auth
