// A body that comes from stdin.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <vector>

#include "message/body.hpp"

namespace cookbook::http_client {

/// What stdin has, as it comes. It can be read once. Must not outlive the io_context that reads it.
class StdinSource final : public BodySource {
public:
    /// Known if stdin is a regular file.
    [[nodiscard]] std::optional<std::uint64_t> size() const override;
    asio::awaitable<std::string_view> read_some() override;
    /// True as long as nothing has been read.
    bool rewind() override { return !input_; }

private:
    std::optional<asio::posix::stream_descriptor> input_;
    std::vector<char> piece_;
};

}  // namespace cookbook::http_client
