// Ways to send an array again and again: ours, and what else the kernel offers.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "11_13_large_arrays/bulk.hpp"
#include "11_13_large_arrays/numbers.hpp"
#include "11_13_large_arrays/send_file.hpp"
#include "11_13_large_arrays/zero_copy.hpp"
#include "support/server_process.hpp"

namespace cookbook::peers {

inline constexpr std::size_t array_size = 200'000'000;

/// What a process does with its end of a connection: it sends an array for each byte that it reads
/// from `control`, or receives one after the other and writes a byte for each. Until it is killed.
using Side = std::function<void(int socket, int control)>;

using Bytes = std::span<const std::byte>;

namespace detail {

inline large_arrays::Numbers all_made() {
    large_arrays::Numbers numbers(array_size / sizeof(double));
    for (std::size_t made = 0; made < numbers.size();) {
        made += numbers.from(made).size();
    }
    return numbers;
}

inline bool is_told_to_go(int control) {
    char byte = 0;
    return ::read(control, &byte, 1) == 1;
}

inline StreamSocket adopt(asio::io_context& context, int socket) {
    int family = 0;
    socklen_t size = sizeof family;
    benchmarks::check(::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size), "getsockopt");
    return StreamSocket(context, asio::generic::stream_protocol(family, 0), socket);
}

/// Runs `transfer()`, an asio::awaitable<void>, to its end.
template <typename Transfer>
void run(asio::io_context& context, Transfer transfer) {
    asio::co_spawn(context, transfer(), [](const std::exception_ptr& failure) {
        if (failure) {
            ::_exit(1);
        }
    });
    context.run();
    context.restart();
}

}  // namespace detail

inline void send_ours(int descriptor, int control) {
    large_arrays::Numbers numbers = detail::all_made();
    asio::io_context context(1);
    StreamSocket socket = detail::adopt(context, descriptor);
    while (detail::is_told_to_go(control)) {
        detail::run(context, [&] {
            return large_arrays::send_bytes(socket, {}, numbers.from(0), std::chrono::hours(1));
        });
    }
}

inline asio::awaitable<void> send_and_finish(StreamSocket& socket, Bytes array) {
    large_arrays::ZeroCopySender sender(socket, std::chrono::hours(1));
    co_await sender.send({}, array);
    co_await sender.finish();
}

inline void send_zero_copy(int descriptor, int control) {
    large_arrays::Numbers numbers = detail::all_made();
    asio::io_context context(1);
    StreamSocket socket = detail::adopt(context, descriptor);
    while (detail::is_told_to_go(control)) {
        detail::run(context, [&] { return send_and_finish(socket, numbers.from(0)); });
    }
}

/// From a file in the page cache.
inline void send_file(int descriptor, int control) {
    std::string path = "/tmp/bench-array-XXXXXX";
    const int file = benchmarks::check(::mkstemp(path.data()), "mkstemp");
    large_arrays::Numbers numbers = detail::all_made();
    const std::string header = large_arrays::write_header(numbers.header());
    benchmarks::check(static_cast<int>(::write(file, header.data(), header.size())), "write");
    for (Bytes rest = numbers.from(0); !rest.empty();) {
        rest = rest.subspan(static_cast<std::size_t>(
            benchmarks::check(static_cast<int>(::write(file, rest.data(), rest.size())), "write")));
    }
    ::close(file);
    const large_arrays::NpyFile npy(path);
    ::unlink(path.c_str());
    asio::io_context context(1);
    StreamSocket socket = detail::adopt(context, descriptor);
    while (detail::is_told_to_go(control)) {
        detail::run(context, [&] {
            return large_arrays::send_file(socket, npy, npy.elements(), std::chrono::hours(1));
        });
    }
}

/// Blocking sends of at most `size` bytes.
inline Side send_blocking(std::size_t size) {
    return [size](int socket, int control) {
        large_arrays::Numbers numbers = detail::all_made();
        while (detail::is_told_to_go(control)) {
            for (Bytes rest = numbers.from(0); !rest.empty();) {
                const ssize_t sent =
                    ::send(socket, rest.data(), std::min(rest.size(), size), MSG_NOSIGNAL);
                rest = rest.subspan(
                    static_cast<std::size_t>(benchmarks::check(static_cast<int>(sent), "send")));
            }
        }
    };
}

/// The pages are put into a pipe, and moved from there into the socket: vmsplice(2), splice(2).
inline void send_spliced(int socket, int control) {
    constexpr std::size_t pipe_size = std::size_t{1} << 20U;
    large_arrays::Numbers numbers = detail::all_made();
    std::array<int, 2> ends{};
    benchmarks::check(::pipe(ends.data()), "pipe");
    ::fcntl(ends[1], F_SETPIPE_SZ, pipe_size);
    while (detail::is_told_to_go(control)) {
        for (Bytes rest = numbers.from(0); !rest.empty();) {
            const iovec piece{.iov_base = const_cast<std::byte*>(rest.data()),
                              .iov_len = std::min(rest.size(), pipe_size)};
            auto left = static_cast<std::size_t>(
                benchmarks::check(static_cast<int>(::vmsplice(ends[1], &piece, 1, 0)), "vmsplice"));
            rest = rest.subspan(left);
            while (left > 0) {
                left -= static_cast<std::size_t>(benchmarks::check(
                    static_cast<int>(::splice(ends[0], nullptr, socket, nullptr, left, 0)),
                    "splice"));
            }
        }
    }
}

}  // namespace cookbook::peers
