#include "demo.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

#include "11_03_udp_server/socket.hpp"
#include "common/async/describe.hpp"
#include "common/cli/demo.hpp"
#include "common/cli/temporary_folder.hpp"
#include "file_transfer.hpp"

namespace cookbook::file_transfer {
namespace {

constexpr std::size_t demo_file_size = 5'000'000;

void write_random_bytes(const std::string& path) {
    std::mt19937 random(7);
    std::string bytes(demo_file_size, '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(random());
    }
    std::ofstream(path, std::ios::binary) << bytes;
}

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

asio::awaitable<void> run_demo_server(udp::socket socket, const RootFolder& root) {
    co_await serve(std::move(socket), root, {.writable = true});
}

asio::awaitable<void> show_transfer(const TemporaryFolder& folder, ClientSettings settings) {
    using clock = std::chrono::steady_clock;
    const std::string copy = folder.file("copy");
    const auto begin = clock::now();
    co_await put(settings, folder.file("original"), "demo.bin");
    const std::chrono::duration<double, std::milli> time = clock::now() - begin;
    co_await get(settings, "demo.bin", copy);
    const bool same = bytes_of(copy) == bytes_of(folder.file("original"));
    fmt::print("window {:>2}: there in {:4.0f} ms, came back as {}\n", settings.window,
               time.count(), same ? "the same bytes" : "other bytes");
    std::filesystem::remove(folder.file("root/demo.bin"));
}

asio::awaitable<void> show_refusal(ClientSettings settings, std::string name) {
    try {
        co_await get(settings, name, "/dev/null");
    } catch (const std::runtime_error& failure) {
        fmt::print("{}\n", describe(failure));
    }
}

asio::awaitable<void> show(const TemporaryFolder& folder, ClientSettings settings) {
    fmt::print("{} bytes there and back:\n\n", demo_file_size);
    for (const std::uint64_t window : {1U, 16U, 64U}) {
        settings.window = window;
        co_await show_transfer(folder, settings);
    }
    fmt::print("\nWhat a server does not give:\n\n");
    for (const char* name : {"nothing.bin", "../original", "."}) {
        co_await show_refusal(settings, name);
    }
}

}  // namespace

asio::awaitable<void> demo() {
    spdlog::set_level(spdlog::level::err);  // what the server would log, the demo says
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.file("root"));
    write_random_bytes(folder.file("original"));
    const RootFolder root(folder.file("root"));
    udp::socket socket = udp_server::open_socket(co_await this_coro::executor, {});
    const ClientSettings settings{.server = {"127.0.0.1", socket.local_endpoint().port()}};
    co_await show_beside(run_demo_server(std::move(socket), root), show(folder, settings));
}

}  // namespace cookbook::file_transfer
