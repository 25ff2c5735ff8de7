// A descriptor with an owner.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace cookbook {

/// Owns a descriptor, or none (-1): the destructor closes it.
class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int descriptor) noexcept : descriptor_(descriptor) {}
    /// Takes what a system call returned. Throws std::system_error, "CALL: reason", if that is -1.
    Descriptor(int descriptor, const char* call) : descriptor_(descriptor) {
        if (descriptor < 0) {
            throw std::system_error(errno, std::generic_category(), call);
        }
    }
    Descriptor(Descriptor&& other) noexcept : descriptor_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        Descriptor moved(std::move(other));  // closes what we had
        std::swap(descriptor_, moved.descriptor_);
        return *this;
    }
    ~Descriptor() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    [[nodiscard]] int get() const noexcept { return descriptor_; }

    /// Gives it up, to another owner.
    [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }

private:
    int descriptor_ = -1;
};

}  // namespace cookbook
