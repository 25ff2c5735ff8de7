#include "xml_rpc.hpp"

#include <utility>

namespace cookbook::xml_rpc {

asio::awaitable<void> serve_store(tcp::acceptor acceptor, ServerOptions options,
                                  http::MakeStream make_stream) {
    KeyValueStore store(options.max_store);
    Dispatcher dispatcher;
    register_store(dispatcher, store);
    co_await http::serve(std::move(acceptor), options.limits,
                         make_application(std::move(dispatcher), {.limits = options.read_limits}),
                         std::move(make_stream));
}

}  // namespace cookbook::xml_rpc
