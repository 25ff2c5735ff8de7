#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "local_time.hpp"
#include "methods.hpp"
#include "number.hpp"

namespace cookbook::xml_rpc_service {
namespace {

constexpr std::int64_t max_echo = std::int64_t{1} << 20U;
constexpr std::size_t max_format = 64;
constexpr std::size_t max_time_text = std::size_t{1} << 10U;

std::time_t current_time() {
    return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
}

/// The text and a space, so many times.
std::string echo_text(const std::string& text, std::optional<Integer> count) {
    const std::string piece = text + ' ';
    const std::int64_t times = std::max<std::int64_t>(count.value_or(Integer{1}).number, 0);
    // [step 5] Refuse a result beyond max_echo before it is made: the product may overflow.
    if (times > max_echo / static_cast<std::int64_t>(piece.size())) {
        throw Fault(xml_rpc::wrong_arguments, "the result would have more than 1 MiB");
    }
    // [end]
    std::string result;
    result.reserve(piece.size() * static_cast<std::size_t>(times));
    for (std::int64_t i = 0; i < times; ++i) {
        result += piece;
    }
    return result;
}

std::string time_text(const std::optional<std::string>& format) {
    const std::string chosen = format.value_or("%Y-%m-%d %H:%M:%S");
    if (chosen.size() > max_format) {
        throw Fault(xml_rpc::wrong_arguments,
                    fmt::format("a format has at most {} bytes", max_format));
    }
    std::optional<std::string> text = format_time(current_time(), chosen, max_time_text);
    if (!text) {
        throw Fault(xml_rpc::wrong_arguments, "the result would have more than 1 KiB");
    }
    return *std::move(text);
}

Struct describe_system() {
    utsname names{};
    ::uname(&names);
    std::string platform = names.sysname;
    std::ranges::transform(platform, platform.begin(), [](char c) {
        return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return {{"platform", platform},
            {"version", "network-cookbook/1"},
            {"server_time", to_date_time(current_time())},
            {"pid", ::getpid()},
            {"hostname", names.nodename}};
}

}  // namespace

void add_system(MethodTable& table, std::function<void()> shut_down) {
    table.add("system.echo", "The text and a space, count times (1).", echo_text);
    table.add("system.time", "The local time, formatted as strftime does (\"%Y-%m-%d %H:%M:%S\").",
              time_text);
    table.add("system.info", "Platform, version, time, process id and name of the host.",
              describe_system, std::string(admin));
    table.add(
        "system.shutdown", "Ends the server, once it has responded to what it has in hand.",
        [shut_down = std::move(shut_down)] {
            shut_down();
            return true;
        },
        std::string(admin));
}

}  // namespace cookbook::xml_rpc_service
