#include "bio.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <new>
#include <utility>

namespace cookbook::tls {
namespace {

constexpr std::size_t small_buffer = std::size_t{4} << 10U;   // what an idle connection holds
constexpr std::size_t large_buffer = std::size_t{64} << 10U;  // a few records of 16 KiB

BioBuffers& buffers_of(BIO* bio) {
    return *static_cast<BioBuffers*>(BIO_get_data(bio));
}

int read_bio(BIO* bio, char* to, std::size_t size, std::size_t* read) {
    *read = buffers_of(bio).incoming.take({to, size});
    BIO_clear_retry_flags(bio);
    if (*read == 0) {
        BIO_set_retry_read(bio);
    }
    return *read > 0;
}

int write_bio(BIO* bio, const char* from, std::size_t size, std::size_t* written) try {
    buffers_of(bio).outgoing.append({from, size});
    *written = size;
    return 1;
} catch (const std::bad_alloc&) {  // which must not pass through OpenSSL
    return 0;
}

long control_bio(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH;  // the one that must succeed
}

/// Never freed: connections may live as long as the process.
const BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "buffers");
    if (method == nullptr) {
        throw std::bad_alloc();
    }
    BIO_meth_set_read_ex(method, read_bio);
    BIO_meth_set_write_ex(method, write_bio);
    BIO_meth_set_ctrl(method, control_bio);
    return method;
}

}  // namespace

asio::mutable_buffer Incoming::prepare() {
    const bool was_filled = capacity_ > 0 && end_ == capacity_;
    const std::size_t capacity = was_filled ? large_buffer : small_buffer;
    if (capacity != capacity_) {
        memory_ = std::make_unique_for_overwrite<char[]>(capacity);
        capacity_ = capacity;
    }
    begin_ = end_ = 0;
    return {memory_.get(), capacity_};
}

void Incoming::commit(std::size_t size) noexcept {
    end_ = size;
}

std::size_t Incoming::take(std::span<char> to) noexcept {
    const std::size_t size = std::min(to.size(), end_ - begin_);
    std::copy_n(memory_.get() + begin_, size, to.data());
    begin_ += size;
    return size;
}

void Outgoing::append(std::span<const char> bytes) {
    written_.insert(written_.end(), bytes.begin(), bytes.end());
}

asio::const_buffer Outgoing::front() {
    if (sent_ == leaving_.size()) {
        leaving_.clear();
        leaving_.swap(written_);
        sent_ = 0;
    }
    return asio::buffer(leaving_) + sent_;
}

void Outgoing::consume(std::size_t size) {
    sent_ += size;
    if (sent_ == leaving_.size() && leaving_.capacity() > small_buffer) {
        leaving_ = {};
        sent_ = 0;
    }
}

Owned<BIO> make_bio(BioBuffers& buffers) {
    static const BIO_METHOD* const method = make_method();
    Owned<BIO> bio(BIO_new(method));
    if (!bio) {
        throw std::bad_alloc();
    }
    BIO_set_data(bio.get(), &buffers);
    BIO_set_init(bio.get(), 1);
    return bio;
}

}  // namespace cookbook::tls
