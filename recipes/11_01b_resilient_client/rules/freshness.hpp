// How long a response holds, and how it is asked for again: the arithmetic of RFC 9111. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "11_01_http_client/message/request.hpp"
#include "11_01_http_client/message/response.hpp"
#include "cache_control.hpp"

namespace cookbook::resilient_client {

using WallTime = std::chrono::system_clock::time_point;
using WallDuration = std::chrono::system_clock::duration;

/// A response in the cache.
struct Stored {
    http_client::Response response;
    WallTime requested;  // when it was asked for, and when it came
    WallTime received;
    /// The fields that Vary names, as the request had them.
    std::vector<std::pair<std::string, std::string>> selected_by = {};
};

/// The rules of a private cache.
class Freshness {
public:
    /// With `flat`, the rule of the chapter's client instead: every 200 holds so long from its
    /// arrival, whatever it says, unless it says no-store.
    explicit Freshness(std::optional<std::chrono::seconds> flat = {}) : flat_(flat) {}

    /// Whether a whole response to a GET may be stored (RFC 9111, 3).
    [[nodiscard]] bool may_store(const http_client::Request& request,
                                 const http_client::Response& response) const;
    /// Whether it may be told without asking the server (4.2; 5.2.1).
    [[nodiscard]] bool may_reuse(const Stored& stored, const CacheControl& request,
                                 WallTime now) const;
    /// Whether it may be told because the server has failed (RFC 5861, 4).
    [[nodiscard]] bool may_serve_stale(const Stored& stored, const CacheControl& request,
                                       WallTime now) const;

    /// How long it is fresh in all (RFC 9111, 4.2.1), and how old it is (4.2.3).
    [[nodiscard]] std::chrono::seconds lifetime(const Stored& stored) const;
    [[nodiscard]] WallDuration age(const Stored& stored, WallTime now) const;

private:
    std::optional<std::chrono::seconds> flat_;
};

/// The fields that Vary names, with the values that the request has for them (4.1); and whether
/// another request has the same ones.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> selecting_fields(
    const http_client::Request& request, const http_client::Response& response);
[[nodiscard]] bool is_selected(const Stored& stored, const http_client::Request& request);

/// Makes the request one for what has changed since (4.3.1).
void add_conditions(http_client::Request& request, const Stored& stored);

/// Takes over what a 304 says of the stored response (3.2; 4.3.4).
void freshen(Stored& stored, const http_client::Response& not_modified, WallTime requested,
             WallTime received);

}  // namespace cookbook::resilient_client
