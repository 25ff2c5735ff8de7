// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::tls {

/// A server with a certificate of a throwaway authority; clients that trust it, that do not, and
/// that look for somebody else; a session that is resumed, and a certificate that is renewed.
asio::awaitable<void> demo();

}  // namespace cookbook::tls
