#include "demo.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "common/cli/demo.hpp"
#include "echo.hpp"
#include "messaging.hpp"

namespace cookbook::messaging {
namespace {

asio::awaitable<void> show_objects(Address server, SharedKey key) {
    Connection connection = co_await connect(server, key);
    fmt::print("both sides have shown that they know the key\n");
    for (const Value& object : {
             Value("hello"),
             Value(List{{1, 2, 3, 4, 5}}),
             Value(
                 Dict{{{"name", "wire"}, {"raw", Bytes{"\x01\xff"}}, {3, Tuple{{None{}, true}}}}}),
         }) {
        const Value reply = co_await ask(connection, object);
        fmt::print("sent {}, received {}\n", to_json(object), to_json(reply));
    }
}

asio::awaitable<void> show_refusal(Address server) {
    try {
        co_await connect(server, std::make_shared<Key>("a guess"));
    } catch (const std::exception& refusal) {
        fmt::print("with another key: {}\n", refusal.what());
    }
}

void show_dangerous_pickle() {
    // What pickle.dumps() makes of an object whose __reduce__ is (os.system, ("id",)).
    try {
        from_pickle(
            "\x80\x02"
            "cposix\nsystem\nX\x02\0\0\0"
            "id\x85R.");
    } catch (const PickleError& refusal) {
        fmt::print("{}\n", refusal.what());
    }
}

asio::awaitable<void> show(Address server, SharedKey key) {
    co_await show_objects(server, std::move(key));
    co_await show_refusal(server);
    show_dangerous_pickle();
}

}  // namespace

asio::awaitable<void> demo() {
    const SharedKey key = std::make_shared<Key>("peekaboo");
    Listener listener(co_await this_coro::executor, HostPort{}, key);
    const Address server = listener.address();
    fmt::print("listening on {}\n", to_string(server));
    co_await show_beside(listener.serve(Limits{}, echo), show(server, key));
}

}  // namespace cookbook::messaging
