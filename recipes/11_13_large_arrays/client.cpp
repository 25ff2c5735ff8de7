#include "client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "bulk.hpp"
#include "byte_order.hpp"
#include "common/cli/new_file.hpp"
#include "common/cli/output.hpp"
#include "common/net/generic.hpp"
#include "summary.hpp"

namespace cookbook::large_arrays {
namespace {

using boost::system::system_error;
using clock = std::chrono::steady_clock;
using duration = asio::steady_timer::duration;

asio::awaitable<Header> receive_header(StreamSocket& socket, duration limit) {
    std::array<std::byte, preamble_size> preamble;
    co_await recv_into(socket, std::span(preamble), limit);
    std::array<std::byte, sizeof(std::uint32_t)> field;
    const auto length = std::span(field).first(length_size(preamble));
    co_await recv_into(socket, length, limit);
    std::string text(text_size(length), '\0');
    co_await recv_into(socket, std::span(text), limit);
    co_return parse_header(text);
}

/// Gives the server a moment to end the stream: the original's keeps it open, and that is no reason
/// to refuse an array that is there.
asio::awaitable<void> expect_end(StreamSocket& socket, duration limit) {
    constexpr duration max_linger = 2s;
    const bool ended = co_await ends(socket, std::min(limit, max_linger));
    if (!ended) {
        throw std::runtime_error("more bytes than announced");
    }
}

std::string_view text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// In pieces, so that a signal is seen between them: a disk may be slow.
asio::awaitable<void> write_file(NewFile& file, const Array& array) {
    constexpr std::size_t piece = std::size_t{4} << 20U;
    Header header = array.header;
    header.type.order = std::endian::native;
    file.write(write_header(header));
    for (auto rest = text_of(array.elements.bytes()); !rest.empty();) {
        file.write(rest.substr(0, piece));
        rest.remove_prefix(std::min(rest.size(), piece));
        co_await asio::post(co_await this_coro::executor, use_awaitable);
    }
    file.commit();
}

asio::awaitable<Array> receive_from(Address server, Acceptance acceptance) {
    StreamSocket socket = co_await connect(server);
    const std::string action = "receive from " + to_string(server);
    try {
        co_return co_await receive_array(socket, acceptance);
    } catch (const system_error& failure) {
        throw system_error(failure.code(), action);
    } catch (const std::runtime_error& failure) {
        throw std::runtime_error(fmt::format("{}: {}", action, failure.what()));
    }
}

}  // namespace

asio::awaitable<Array> receive_array(StreamSocket& socket, Acceptance acceptance) {
    Header header;
    if (acceptance.raw_count) {
        header.shape = {*acceptance.raw_count};
    } else {
        header = co_await receive_header(socket, acceptance.timeout);
    }
    Buffer elements(size_in_bytes(header, acceptance.max_bytes));
    co_await receive_bytes(socket, elements.bytes(), acceptance.timeout);
    co_await expect_end(socket, acceptance.timeout);
    if (header.type.order != std::endian::native) {
        reverse_elements(elements.bytes(), header.type.size);
    }
    co_return Array{std::move(header), std::move(elements)};
}

asio::awaitable<void> fetch_array(Address server, Acceptance acceptance, std::string file,
                                  std::FILE* output) {
    std::optional<NewFile> new_file;
    if (!file.empty()) {
        new_file.emplace(file);  // what cannot be written is not fetched
    }
    const auto begin = clock::now();
    const Array array = co_await receive_from(std::move(server), acceptance);
    const std::chrono::duration<double> time = clock::now() - begin;
    if (new_file) {
        co_await write_file(*new_file, array);
    }
    print_line(output, summarize(array.header, array.elements.bytes(), time.count()));
}

}  // namespace cookbook::large_arrays
