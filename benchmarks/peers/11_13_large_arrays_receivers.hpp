// Memory of several kinds to receive an array into.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <vector>

#include "11_13_large_arrays/buffer.hpp"
#include "11_13_large_arrays/bulk.hpp"
#include "peers/11_13_large_arrays_senders.hpp"
#include "support/server_process.hpp"

namespace cookbook::peers {
namespace detail {

/// `make_room()` returns what has bytes; it lives for one array.
template <typename MakeRoom>
void receive_again_and_again(int descriptor, int control, MakeRoom make_room) {
    asio::io_context context(1);
    StreamSocket socket = adopt(context, descriptor);
    do {
        auto&& room = make_room();
        const std::span<std::byte> bytes = std::as_writable_bytes(std::span(room));
        run(context,
            [&] { return large_arrays::receive_bytes(socket, bytes, std::chrono::hours(1)); });
    } while (::write(control, "x", 1) == 1);
}

/// A Buffer as a range.
struct Room : large_arrays::Buffer {
    using Buffer::Buffer;
    [[nodiscard]] std::byte* begin() { return bytes().data(); }
    [[nodiscard]] std::byte* end() { return bytes().data() + bytes().size(); }
};

}  // namespace detail

/// As the recipe's client does.
inline void receive_into_buffer(int socket, int control) {
    detail::receive_again_and_again(socket, control, [] { return detail::Room(array_size); });
}

/// One buffer, which has been written to.
inline void receive_into_touched(int socket, int control) {
    std::vector<std::byte> kept(array_size);
    detail::receive_again_and_again(socket, control,
                                    [&]() -> std::vector<std::byte>& { return kept; });
}

/// Memory that nobody has touched, in pages of 4 KiB.
inline void receive_into_small_pages(int socket, int control) {
    detail::receive_again_and_again(socket, control, [] {
        detail::Room room(array_size);
        ::madvise(room.begin(), array_size, MADV_NOHUGEPAGE);
        return room;
    });
}

/// Which writes zeros to all of it first.
inline void receive_into_vector(int socket, int control) {
    detail::receive_again_and_again(socket, control,
                                    [] { return std::vector<double>(array_size / 8); });
}

}  // namespace cookbook::peers
