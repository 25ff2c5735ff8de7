// The border to OpenSSL: a BIO that does no I/O, only moves bytes between OpenSSL and two buffers.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "common/async/asio.hpp"
#include "openssl.hpp"

namespace cookbook::tls {

/// What has been received and OpenSSL has not read yet. An idle connection holds little: the buffer
/// is small, and large only after a read that has filled the small one.
class Incoming {
public:
    /// Room for the next read, once OpenSSL has read all that came before.
    asio::mutable_buffer prepare();
    /// So much has come.
    void commit(std::size_t size) noexcept;

    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    /// Moves up to to.size() bytes to `to`, and returns how many.
    std::size_t take(std::span<char> to) noexcept;

private:
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// What OpenSSL has written and has not been sent yet. It may write more while a part is being
/// sent.
class Outgoing {
public:
    void append(std::span<const char> bytes);

    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::size_t size() const noexcept {
        return leaving_.size() - sent_ + written_.size();
    }

    /// What is to be sent next, valid until it has been: consume() says how much.
    asio::const_buffer front();
    void consume(std::size_t size);

private:
    std::vector<char> written_;
    std::vector<char> leaving_;  // of which `sent_` bytes have left
    std::size_t sent_ = 0;
};

struct BioBuffers {
    Incoming incoming;
    Outgoing outgoing;
};

/// A BIO over `buffers`, which must outlive it. What OpenSSL writes is always taken; if there is
/// nothing for it to read, it is asked to try again.
Owned<BIO> make_bio(BioBuffers& buffers);

}  // namespace cookbook::tls
