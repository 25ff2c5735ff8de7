// A descriptor with an owner.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace cookbook::event_loop {

/// Owns a descriptor: the destructor closes it.
class Descriptor {
public:
    /// Takes what a system call returned. Throws std::system_error, "CALL: reason", if that is -1.
    Descriptor(int descriptor, const char* call) : descriptor_(descriptor) {
        if (descriptor < 0) {
            throw std::system_error(errno, std::generic_category(), call);
        }
    }
    Descriptor(Descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    ~Descriptor() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    [[nodiscard]] int get() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace cookbook::event_loop
