#include "options.hpp"

#include <cstdint>
#include <string>

#include "common/cli/options.hpp"
#include "fibonacci.hpp"

namespace cookbook::event_loop {
namespace {

void add_port(CLI::App& server, const std::string& name, std::uint16_t& port,
              const std::string& description) {
    server.add_option(name, port, description)->type_name("PORT")->capture_default_str();
}

Choices<Serve*> loops_by_name() {
    Choices<Serve*> choices;
    for (const Loop& loop : loops) {
        choices.emplace_back(loop.name, loop.serve);
    }
    return choices;
}

}  // namespace

void add_server_options(CLI::App& server, Serve*& serve, Ports& ports, Options& options) {
    add_choice(server, "--loop", serve, loops_by_name(), "What the server waits with");
    server.add_option("--host", ports.host, "Name or address, IPv4 or IPv6")
        ->type_name("HOST")
        ->capture_default_str();
    add_port(server, "--port", ports.echo,
             "Of the TCP echo; 0 lets the server choose, here as below");
    add_port(server, "--time-port", ports.time, "Of the time, UDP");
    add_port(server, "--udp-echo-port", ports.udp_echo, "Of the UDP echo");
    add_port(server, "--fibonacci-port", ports.fibonacci, "Of the computations, UDP");
    add_limits(server, options.limits);
    add_count(server, "--max-unsent", options.max_unsent,
              "Bytes of a connection that wait to be sent; with more it is not read from");
    add_count(server, "--workers", options.workers, "Threads that compute");
    server.add_option("--max-fibonacci", options.max_fibonacci, "The largest n, up to 92")
        ->check(CLI::Range(1, largest_n).description(""))
        ->capture_default_str();
    add_count(server, "--max-jobs", options.max_jobs,
              "Computations that wait for a free thread; further ones are refused");
}

}  // namespace cookbook::event_loop
