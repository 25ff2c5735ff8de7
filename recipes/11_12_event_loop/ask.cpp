#include "ask.hpp"

#include <string_view>
#include <utility>

#include "common/cli/output.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::event_loop {

asio::awaitable<void> ask(HostPort server, std::vector<std::string> texts,
                          udp_server::Retries retries, std::FILE* output) {
    if (texts.empty()) {
        texts.emplace_back();
    }
    // Nothing in a reply says what it replies to, so only the port can: one for each attempt.
    retries.new_port = true;
    udp_server::Caller caller(std::move(server), retries);
    for (const std::string& text : texts) {
        const std::string reply = co_await caller.call(text, [](std::string_view) { return true; });
        print_line(output, printable(reply));
    }
}

}  // namespace cookbook::event_loop
