// What the client prints of a result. Pure.
#pragma once

#include <chrono>
#include <string>

#include "client.hpp"
#include "layers/layer.hpp"

namespace cookbook::resilient_client {

/// One line of JSON, without its line feed:
///
///     {"url": …, "status": …, "attempts": …, "cache": …, "bytes": …, "sha256": …, "elapsed": …}
///     {"url": …, "error": …, "attempts": …}
///
/// `url` as the user wrote it, without user and password; with_body adds "body", as UTF-8.
[[nodiscard]] std::string row(const std::string& url, const Result& result,
                              std::chrono::steady_clock::duration elapsed, bool with_body);

/// Of a whole run.
[[nodiscard]] std::string summary(const Statistics& statistics,
                                  std::chrono::steady_clock::duration elapsed);

}  // namespace cookbook::resilient_client
