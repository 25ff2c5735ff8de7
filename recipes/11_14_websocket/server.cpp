#include <charconv>
#include <memory>
#include <utility>

#include "11_05_rest_interface/dispatcher.hpp"
#include "page.hpp"
#include "upgrade.hpp"
#include "websocket.hpp"

namespace cookbook::websocket {
namespace {

Visit to_visit(const rest_interface::Parameters& parameters) {
    Visit visit{std::string(parameters.get("room")), std::string(parameters.get("name"))};
    if (parameters.contains("since")) {
        const std::string_view text = parameters.get("since");
        std::uint64_t since = 0;
        const auto [end, error] = std::from_chars(text.begin(), text.end(), since);
        visit.since =
            error == std::errc() && end == text.end() ? std::optional(since) : std::nullopt;
    }
    return visit;
}

}  // namespace

http::Application make_application(const ServerOptions& options) {
    // A newcomer is sent all that is kept, and who is there: half of the queue is for each.
    const HistoryLimits kept{options.chat.max_history, options.connection.max_queue / 2};
    const auto rooms = std::make_shared<Rooms>(options.chat.max_rooms, kept);
    rest_interface::Dispatcher dispatcher;
    dispatcher.add(http::verb::get, "/", [](http::Request&, const rest_interface::Parameters&) {
        return page_response();
    });
    dispatcher.add(
        http::verb::get, "/chat",
        [&options, rooms](http::Request& request, const rest_interface::Parameters& parameters) {
            const Talk talk = [&options, rooms, visit = to_visit(parameters)](Connection& peer) {
                return chat(peer, *rooms, visit, options.chat.max_rate);
            };
            return upgrade(request, options.connection, options.origins, WhenFull::close, talk);
        });
    dispatcher.add(http::verb::get, "/echo",
                   [&options](http::Request& request, const rest_interface::Parameters&) {
                       return upgrade(request, options.connection, options.origins, WhenFull::wait,
                                      echo_messages);
                   });
    return dispatcher;
}

asio::awaitable<void> serve(tcp::acceptor acceptor, ServerOptions options,
                            http::MakeStream make_stream) {
    options.connection.idle_timeout = options.limits.idle_timeout;
    co_await http::serve(std::move(acceptor), options.limits, make_application(options),
                         std::move(make_stream));
}

}  // namespace cookbook::websocket
