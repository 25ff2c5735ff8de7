#include "inflater.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

namespace cookbook::http_client {
namespace {

/// The windowBits of inflateInit2(): the largest window, and the wrapping.
constexpr int zlib_wrapping = MAX_WBITS;
constexpr int gzip_wrapping = MAX_WBITS + 16;
constexpr int no_wrapping = -MAX_WBITS;

constexpr std::size_t max_input = std::numeric_limits<uInt>::max();

/// RFC 1950, 2.2. Bare data that begin so would be a stored block with odd padding: nobody writes
/// that.
bool is_zlib_header(unsigned char first, unsigned char second) {
    const bool is_deflate = (first & 0xfU) == Z_DEFLATED && (first >> 4U) <= MAX_WBITS - 8;
    return is_deflate && (first * 256U + second) % 31 == 0;
}

/// zlib does not write through next_in, and does not say so in each version.
Bytef* bytes_of(std::string_view text) {
    return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

}  // namespace

struct Inflater::Stream : z_stream {};

void Inflater::End::operator()(Stream* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
}

Inflater::Inflater(Wrapping wrapping, std::uint64_t max_size)
    : wrapping_(wrapping),
      max_size_(max_size),
      stream_(new Stream()),
      piece_(std::make_unique_for_overwrite<char[]>(max_piece)) {
    if (inflateInit2(stream_.get(), gzip_wrapping) != Z_OK) {
        throw std::bad_alloc();
    }
}

boost::system::result<std::string_view> Inflater::take() {
    while (!input_.empty() || has_more_) {
        if (state_ != State::within) {
            if (!begin()) {
                return Error::bad_coding;
            }
            continue;
        }
        const auto size = static_cast<uInt>(std::min(input_.size(), max_input));
        stream_->next_in = bytes_of(input_);
        stream_->avail_in = size;
        const auto piece = inflate_piece();
        input_.remove_prefix(size - stream_->avail_in);
        has_more_ = stream_->avail_out == 0 && state_ == State::within;
        if (!piece || !piece->empty()) {
            return piece;
        }
    }
    return std::string_view();
}

/// Begins at the first byte of the input. False if nothing may follow what there was before it.
bool Inflater::begin() {
    if (wrapping_ == Wrapping::gzip) {
        inflateReset(stream_.get());
        state_ = State::within;
    } else if (state_ == State::empty) {
        first_ = static_cast<unsigned char>(input_.front());
        input_.remove_prefix(1);
        state_ = State::first_byte;
    } else if (state_ == State::first_byte) {
        begin_deflate(static_cast<unsigned char>(input_.front()));
        state_ = State::within;
    } else {
        return false;
    }
    return true;
}

/// Inflates the first byte: one alone makes no output.
void Inflater::begin_deflate(unsigned char second) {
    inflateReset2(stream_.get(), is_zlib_header(first_, second) ? zlib_wrapping : no_wrapping);
    stream_->next_in = &first_;
    stream_->avail_in = 1;
    stream_->next_out = reinterpret_cast<Bytef*>(piece_.get());
    stream_->avail_out = max_piece;
    inflate(stream_.get(), Z_NO_FLUSH);
}

boost::system::result<std::string_view> Inflater::inflate_piece() {
    // [step 4] Undo gzip, a piece at a time, and no byte beyond the limit.
    // One byte more than is allowed is enough to know.
    const std::uint64_t left = max_size_ - size_;
    const std::size_t room = left < max_piece ? static_cast<std::size_t>(left) + 1 : max_piece;
    stream_->next_out = reinterpret_cast<Bytef*>(piece_.get());
    stream_->avail_out = static_cast<uInt>(room);
    const int status = inflate(stream_.get(), Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        return Error::bad_coding;
    }
    const std::size_t n = room - stream_->avail_out;
    size_ += n;
    if (size_ > max_size_) {
        return Error::body_too_large;
    }
    if (status == Z_STREAM_END) {
        state_ = State::ended;
    }
    return std::string_view(piece_.get(), n);
    // [end]
}

}  // namespace cookbook::http_client
