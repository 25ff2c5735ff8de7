#include "demo.hpp"

namespace cookbook::control_plane {

asio::awaitable<void> demo() {
    co_return;
}

}  // namespace cookbook::control_plane
