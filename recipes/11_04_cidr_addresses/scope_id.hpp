// The zone of a scoped IPv6 address: "eth0" in fe80::1%eth0 (RFC 4007).
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>

namespace cookbook::cidr_addresses {

/// Text of any length, or none. Nearly every address has none, which costs one null pointer; with a
/// std::string every address would be twice as large.
class ScopeId {
public:
    constexpr ScopeId() noexcept = default;
    constexpr explicit ScopeId(std::string_view text) : text_(new std::string(text)) {}
    constexpr ScopeId(const ScopeId& other)
        : text_(other.text_ ? new std::string(*other.text_) : nullptr) {}
    constexpr ScopeId(ScopeId&& other) noexcept : text_(std::exchange(other.text_, nullptr)) {}
    constexpr ScopeId& operator=(ScopeId other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    constexpr ~ScopeId() {
        if (text_) {
            delete text_;
        }
    }

    /// Empty if there is none: a scope has at least one character.
    [[nodiscard]] constexpr std::string_view text() const noexcept {
        return text_ ? std::string_view(*text_) : std::string_view();
    }

    friend constexpr bool operator==(const ScopeId& a, const ScopeId& b) noexcept {
        return a.text() == b.text();
    }
    friend constexpr std::strong_ordering operator<=>(const ScopeId& a, const ScopeId& b) noexcept {
        return a.text() <=> b.text();
    }

private:
    std::string* text_ = nullptr;
};

}  // namespace cookbook::cidr_addresses
