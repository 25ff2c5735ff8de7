#include "look_up.hpp"

#include <netdb.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace cookbook::http_client {
namespace {

class LookUpCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "getaddrinfo"; }
    [[nodiscard]] std::string message(int value) const override { return ::gai_strerror(value); }
};

/// A look-up, which its thread and whoever waits for it share. The last of them frees it.
struct LookUp {
    std::string host;
    std::uint16_t port;
    std::mutex mutex = {};
    /// Never expires, and is cancelled when the look-up has ended. Null once nobody waits: then the
    /// io_context may be gone, too.
    asio::steady_timer* waiting = nullptr;
    bool has_ended = false;
    error_code error = {};
    std::vector<tcp::endpoint> endpoints = {};
};

/// Says that nobody waits any more, whatever ends the wait.
class Abandonment {
public:
    explicit Abandonment(LookUp& look_up) : look_up_(look_up) {}
    Abandonment(const Abandonment&) = delete;
    Abandonment& operator=(const Abandonment&) = delete;
    ~Abandonment() {
        const std::lock_guard lock(look_up_.mutex);
        look_up_.waiting = nullptr;
    }

private:
    LookUp& look_up_;
};

struct FreeAddresses {
    void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};

/// Blocks, for as long as the system's resolver likes.
error_code find_addresses(LookUp& look_up, std::vector<tcp::endpoint>& endpoints) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(look_up.port);
    const int error = ::getaddrinfo(look_up.host.c_str(), port.c_str(), &hints, &found);
    if (error == EAI_SYSTEM) {
        return {errno, boost::system::system_category()};
    }
    if (error != 0) {
        return {error, look_up_category()};
    }
    const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
    for (const addrinfo* address = found; address; address = address->ai_next) {
        tcp::endpoint endpoint;
        if (address->ai_addrlen <= endpoint.capacity()) {
            std::memcpy(endpoint.data(), address->ai_addr, address->ai_addrlen);
            endpoints.push_back(endpoint);
        }
    }
    return {};
}

void run_look_up(const std::shared_ptr<LookUp>& look_up) {
    std::vector<tcp::endpoint> endpoints;
    const error_code error = find_addresses(*look_up, endpoints);
    const std::lock_guard lock(look_up->mutex);
    look_up->error = error;
    look_up->endpoints = std::move(endpoints);
    look_up->has_ended = true;
    if (look_up->waiting) {
        asio::post(look_up->waiting->get_executor(), [look_up] {
            if (look_up->waiting) {  // set by this thread only
                look_up->waiting->cancel();
            }
        });
    }
}

}  // namespace

const boost::system::error_category& look_up_category() noexcept {
    static const LookUpCategory category;
    return category;
}

void interleave_families(std::vector<tcp::endpoint>& endpoints) {
    if (endpoints.empty()) {
        return;
    }
    const tcp family = endpoints.front().protocol();
    std::vector<tcp::endpoint> others;
    std::ranges::copy_if(endpoints, std::back_inserter(others), [&](const tcp::endpoint& endpoint) {
        return endpoint.protocol() != family;
    });
    std::erase_if(endpoints,
                  [&](const tcp::endpoint& endpoint) { return endpoint.protocol() != family; });
    for (std::size_t index = 0; index < others.size(); ++index) {
        const std::size_t position = std::min(2 * index + 1, endpoints.size());
        endpoints.insert(endpoints.begin() + static_cast<std::ptrdiff_t>(position), others[index]);
    }
}

asio::awaitable<std::vector<tcp::endpoint>> look_up(std::string host, std::uint16_t port) {
    error_code is_name;
    const asio::ip::address address = asio::ip::make_address(host, is_name);
    if (!is_name) {
        co_return std::vector<tcp::endpoint>{{address, port}};
    }
    asio::steady_timer waiting(co_await this_coro::executor, asio::steady_timer::time_point::max());
    const auto shared = std::make_shared<LookUp>(host, port);
    const Abandonment abandonment(*shared);
    shared->waiting = &waiting;
    std::thread(run_look_up, shared).detach();
    co_await waiting.async_wait(use_nothrow);

    const std::lock_guard lock(shared->mutex);
    if (!shared->has_ended) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (shared->error) {
        throw std::system_error(shared->error, "look up " + host);
    }
    interleave_families(shared->endpoints);
    co_return std::move(shared->endpoints);
}

}  // namespace cookbook::http_client
