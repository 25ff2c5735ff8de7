#include "demo.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <utility>

#include "bulk.hpp"
#include "client.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/demo.hpp"
#include "common/net/generic.hpp"
#include "server.hpp"

namespace cookbook::large_arrays {
namespace {

constexpr std::size_t demo_count = 5'000'000;

asio::awaitable<void> show(std::string form, Address where, Offer offer, Acceptance acceptance) {
    StreamAcceptor acceptor = listen(co_await this_coro::executor, where);
    const Address server = local_address(acceptor);
    fmt::print("{}, {}\n", form, to_string(server));
    co_await show_beside(serve_array(std::move(acceptor), std::move(offer), Limits{}),
                         fetch_array(server, acceptance, "", stdout));
}

/// Announces one thing, and sends another.
asio::awaitable<void> lie(StreamAcceptor acceptor, std::string header, std::size_t zeros) {
    StreamSocket client = co_await acceptor.async_accept(use_awaitable);
    const std::string elements(zeros, '\0');
    co_await send_bytes(client, std::as_bytes(std::span(header)),
                        std::as_bytes(std::span(elements)), 5s);
}

asio::awaitable<void> see_through(Address server, std::string form) {
    try {
        co_await fetch_array(server, {}, "", stdout);
    } catch (const std::exception& failure) {
        fmt::print("{}\n  {}\n", form, describe(failure));
    }
}

asio::awaitable<void> refuse(std::string form, std::string header, std::size_t zeros) {
    const auto executor = co_await this_coro::executor;
    StreamAcceptor acceptor = listen(executor, Address(HostPort()));
    const Address server = local_address(acceptor);
    TaskGroup group(executor);
    group.spawn(lie(std::move(acceptor), std::move(header), zeros));
    group.spawn(see_through(server, std::move(form)));
    co_await group.join();
}

}  // namespace

asio::awaitable<void> demo() {
    co_await show("with a header", HostPort(), {.source = Numbers(demo_count)}, {});
    co_await show("raw, as the original", HostPort(), {.source = Numbers(demo_count), .raw = true},
                  {.raw_count = demo_count});
    co_await show("MSG_ZEROCOPY", HostPort(), {.source = Numbers(demo_count), .zero_copy = true},
                  {});
    co_await show("a UNIX socket", UnixAddress{fmt::format("@large_arrays-{}", ::getpid())},
                  {.source = Numbers(demo_count)}, {});
    fmt::print("\n");
    co_await refuse("80 bytes announced, 40 sent", write_header({.shape = {10}}), 40);
    co_await refuse("80 bytes announced, 88 sent", write_header({.shape = {10}}), 88);
    co_await refuse("2^62 elements of 8 bytes", write_header({.shape = {1ULL << 62U}}), 0);
    co_await refuse("a page of HTML", "<!DOCTYPE html>", 0);
}

}  // namespace cookbook::large_arrays
