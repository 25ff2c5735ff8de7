#include "stdin_source.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>

#include "common/cli/input.hpp"

namespace cookbook::http_client {

std::optional<std::uint64_t> StdinSource::size() const {
    struct stat status{};
    const off_t position = ::lseek(STDIN_FILENO, 0, SEEK_CUR);
    if (::fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode) || position < 0 ||
        position > status.st_size) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(status.st_size - position);
}

asio::awaitable<std::string_view> StdinSource::read_some() {
    constexpr std::size_t piece_size = std::size_t{64} << 10U;
    if (!input_) {
        input_ = open_input(co_await this_coro::executor);
        piece_.resize(piece_size);
    }
    const auto [error, size] = co_await input_->async_read_some(asio::buffer(piece_), use_nothrow);
    if (error && error != asio::error::eof) {
        throw boost::system::system_error(error, "read stdin");
    }
    co_return std::string_view(piece_.data(), size);
}

}  // namespace cookbook::http_client
