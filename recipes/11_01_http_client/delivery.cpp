#include "delivery.hpp"

#include <vector>

#include "hop.hpp"

namespace cookbook::http_client {

Delivery::Delivery(Response& response, BodySink* sink, Rules rules)
    : response_(response), sink_(sink), rules_(rules) {}

void Delivery::begin(const Response& head) {
    is_passed_over_ = rules_.follow_redirects && is_redirect(head);
    if (sink_ && !is_passed_over_) {
        sink_->begin(head);
    }
}

asio::awaitable<bool> Delivery::write(std::string_view data) {
    constexpr std::uint64_t max_passed_over = std::uint64_t{1} << 20U;  // then a new connection
    if (is_passed_over_) {
        passed_over_ += data.size();
        co_return passed_over_ <= max_passed_over;
    }
    if (!decoder_) {  // not before there is a body: a response to HEAD has none to decode
        decoder_.emplace(make_decoder());
    }
    decoder_->push(data);
    while (!has_enough_) {
        const std::string_view piece = decoder_->take().value();
        if (piece.empty()) {
            break;
        }
        if (sink_) {
            has_enough_ = !co_await sink_->write(piece);
        } else {
            response_.content += piece;
        }
    }
    co_return !has_enough_;
}

ContentDecoder Delivery::make_decoder() const {
    const auto codings =
        rules_.decode ? response_.fields.all("Content-Encoding") : std::vector<std::string_view>();
    return ContentDecoder::make(codings, rules_.max_body).value();
}

void Delivery::finish() const {
    if (decoder_ && !has_enough_) {
        decoder_->finish().value();
    }
}

}  // namespace cookbook::http_client
