// Requests that may come twice, because their client did not hear of the first, and shall count
// once.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "connection.hpp"
#include "model.hpp"

namespace cookbook::rest_api {

/// How long a key is kept.
inline constexpr std::chrono::hours idempotency_period{24};

/// Whether a text may be the value of Idempotency-Key: 1 to 255 characters of visible ASCII or
/// blanks.
[[nodiscard]] bool is_idempotency_key(std::string_view text);

struct Creation {
    const Kind* kind;
    Values values;
    std::string owner = {};  // the name of the API key
    std::optional<std::string> key = {};
    std::string fingerprint =
        {};  // of kind and body: the same key for another request is a mistake
};

struct Created {
    std::int64_t id = 0;
    std::string body;  // the row as JSON
    bool is_replayed = false;
};

/// What a creation comes to: the key was used for another request.
struct KeyReused {};
using CreationResult = std::variant<Created, KeyReused>;

/// Makes the row and stores its idempotency key in one transaction: whenever the server dies, both
/// are there or neither. A request with the same key at the same time waits for it. Returns when
/// both are safe. Throws DatabaseError; with a constraint if a member is not unique.
[[nodiscard]] CreationResult create_row(Connection& connection, const Creation& creation);

}  // namespace cookbook::rest_api
