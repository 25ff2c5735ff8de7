// cpp-httplib with a fixed response: the library that is easiest to begin with. A thread for each
// connection.
#pragma once

#include <httplib.h>

#include <cstdint>

namespace cpp_httplib {

/// Serves until the process is killed.
inline void serve(std::uint16_t port) {
    constexpr std::size_t threads = 64;
    httplib::Server server;
    server.Get("/", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("Hello, World!", "text/plain");
    });
    server.set_keep_alive_max_count(1'000'000'000);
    server.set_tcp_nodelay(true);
    server.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server.listen("127.0.0.1", port);
}

}  // namespace cpp_httplib
