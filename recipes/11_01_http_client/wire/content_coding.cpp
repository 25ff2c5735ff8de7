#include "content_coding.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "11_01_http_client/message/split.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::http_client {
namespace {

using boost::system::result;
using http::grammar::same_name;

std::optional<Wrapping> wrapping_of(std::string_view coding) {
    if (same_name(coding, "gzip") || same_name(coding, "x-gzip")) {
        return Wrapping::gzip;
    }
    return same_name(coding, "deflate") ? std::optional(Wrapping::deflate) : std::nullopt;
}

/// What has been coded several times is, on the way, little larger than in the end; a bomb is much
/// larger.
std::uint64_t limit_on_the_way(std::uint64_t max_size) {
    constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();
    return max_size > all / 4 ? all : 2 * max_size + Inflater::max_piece;
}

}  // namespace

result<ContentDecoder> ContentDecoder::make(std::span<const std::string_view> codings,
                                            std::uint64_t max_size) {
    std::vector<Wrapping> wrappings;
    for (std::string_view list : codings) {
        while (!list.empty()) {
            const std::string_view coding = trimmed(take_until(list, ','));
            const auto wrapping = wrapping_of(coding);
            if (wrapping) {
                wrappings.push_back(*wrapping);
            } else if (!coding.empty() && !same_name(coding, "identity")) {
                return Error::unknown_coding;
            }
        }
    }
    if (wrappings.size() > max_codings) {
        return Error::too_many_codings;
    }
    ContentDecoder decoder(max_size);
    for (const Wrapping wrapping : wrappings | std::views::reverse) {
        const bool is_last = decoder.stages_.size() + 1 == wrappings.size();
        decoder.stages_.emplace_back(wrapping, is_last ? max_size : limit_on_the_way(max_size));
    }
    return decoder;
}

result<std::string_view> ContentDecoder::take() {
    const auto piece = take_from(stages_.size());
    if (piece && piece->size() > max_size_ - size_) {
        return Error::body_too_large;
    }
    size_ += piece ? piece->size() : 0;
    return piece;
}

/// A piece as it is after so many stages; each takes what the one before it gives.
result<std::string_view> ContentDecoder::take_from(std::size_t stage) {
    if (stage == 0) {
        return std::exchange(input_, {});
    }
    Inflater& inflater = stages_[stage - 1];
    for (;;) {
        const auto piece = inflater.take();
        if (!piece || !piece->empty()) {
            return piece;
        }
        const auto more = take_from(stage - 1);
        if (!more || more->empty()) {
            return more;
        }
        inflater.push(*more);
    }
}

result<void> ContentDecoder::finish() const {
    if (!std::ranges::all_of(stages_, &Inflater::at_end)) {
        return Error::bad_coding;
    }
    return {};
}

std::string deflate(std::string_view data, Wrapping wrapping) {
    if (data.size() > std::numeric_limits<uInt>::max()) {
        throw std::length_error("too much to be deflated at once");
    }
    z_stream stream{};
    const int window = wrapping == Wrapping::gzip ? MAX_WBITS + 16 : MAX_WBITS;
    constexpr int default_memory = 8;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, default_memory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
    }
    const std::unique_ptr<z_stream, decltype(&deflateEnd)> guard(&stream, &deflateEnd);
    std::string deflated(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(data.size());
    stream.next_out = reinterpret_cast<Bytef*>(deflated.data());
    stream.avail_out = static_cast<uInt>(deflated.size());
    ::deflate(&stream, Z_FINISH);  // all at once: there is room for it
    deflated.resize(deflated.size() - stream.avail_out);
    return deflated;
}

}  // namespace cookbook::http_client
