#include "delivery.hpp"

#include <boost/system/system_error.hpp>

#include "hop.hpp"
#include "message/error.hpp"

namespace cookbook::http_client {

Delivery::Delivery(Response& response, BodySink* sink, Rules rules)
    : response_(response), sink_(sink), rules_(rules) {}

void Delivery::begin(const Response& head) {
    is_passed_over_ = rules_.follow_redirects && is_redirect(head);
    is_coded_ = rules_.decode && head.fields.contains("Content-Encoding");
    if (sink_ && !is_passed_over_) {
        sink_->begin(head);
    }
}

asio::awaitable<bool> Delivery::write(std::string_view data) {
    constexpr std::uint64_t max_passed_over = std::uint64_t{1} << 20U;  // then a new connection
    if (is_passed_over_) {
        size_ += data.size();
        co_return size_ <= max_passed_over;
    }
    has_enough_ = !(is_coded_ ? co_await write_decoded(data) : co_await deliver(data));
    co_return !has_enough_;
}

asio::awaitable<bool> Delivery::write_decoded(std::string_view data) {
    if (!decoder_) {  // not before there is a body: a response to HEAD has none to decode
        decoder_.emplace(
            ContentDecoder::make(response_.fields.all("Content-Encoding"), rules_.max_body)
                .value());
    }
    decoder_->push(data);
    for (;;) {
        const std::string_view piece = decoder_->take().value();
        if (piece.empty()) {
            co_return true;
        }
        const bool wants_more = co_await deliver(piece);
        if (!wants_more) {
            co_return false;
        }
    }
}

asio::awaitable<bool> Delivery::deliver(std::string_view data) {
    size_ += data.size();
    if (size_ > rules_.max_body) {
        throw boost::system::system_error(Error::body_too_large);
    }
    if (sink_) {
        co_return co_await sink_->write(data);
    }
    response_.content += data;
    co_return true;
}

void Delivery::finish() const {
    if (decoder_ && !has_enough_) {
        decoder_->finish().value();
    }
}

}  // namespace cookbook::http_client
