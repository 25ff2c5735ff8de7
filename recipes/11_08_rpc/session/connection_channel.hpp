// One of 11.7's connections as a channel. Messages that are ready together leave by one send.
#pragma once

#include <string>
#include <utility>

#include "11_07_messaging/wire/connection.hpp"
#include "channel.hpp"

namespace cookbook::rpc {

using messaging::Connection;

class ConnectionChannel final : public Channel {
public:
    explicit ConnectionChannel(Connection connection) : connection_(std::move(connection)) {}

    asio::awaitable<std::optional<std::string_view>> receive() override {
        return connection_.recv_bytes();
    }
    [[nodiscard]] bool has_message() const override { return connection_.has_message(); }
    [[nodiscard]] bool has_ended() const override { return connection_.has_ended(); }
    void set_idle_timeout(duration limit) override { connection_.set_idle_timeout(limit); }

    void put(std::string_view message) override;
    [[nodiscard]] std::size_t unsent() const override { return messages_.size(); }
    [[nodiscard]] bool is_sending() const override { return sending_; }
    asio::awaitable<void> flush() override;

private:
    Connection connection_;
    std::string messages_;  // each after its header
    bool sending_ = false;
};

}  // namespace cookbook::rpc
