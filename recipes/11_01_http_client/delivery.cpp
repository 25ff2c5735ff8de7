#include "delivery.hpp"

#include <boost/system/system_error.hpp>

#include "hop.hpp"
#include "message/error.hpp"

namespace cookbook::http_client {

Delivery::Delivery(Response& response, BodySink* sink, Limits limits)
    : response_(response), sink_(sink), limits_(limits) {}

void Delivery::begin(const Response& head) {
    is_passed_over_ = limits_.follow_redirects && is_redirect(head);
    if (sink_ && !is_passed_over_) {
        sink_->begin(head);
    }
}

asio::awaitable<bool> Delivery::write(std::string_view data) {
    constexpr std::uint64_t max_passed_over = std::uint64_t{1} << 20U;  // then a new connection
    size_ += data.size();
    if (is_passed_over_) {
        co_return size_ <= max_passed_over;
    }
    if (size_ > limits_.max_body) {
        throw boost::system::system_error(Error::body_too_large);
    }
    if (sink_) {
        co_return co_await sink_->write(data);
    }
    response_.content += data;
    co_return true;
}

}  // namespace cookbook::http_client
