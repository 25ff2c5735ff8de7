// What a request carries.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/async/asio.hpp"

namespace cookbook::http_client {

/// A name and its value, of a form or of a query.
using NameValue = std::pair<std::string, std::string>;

/// A body that is not in memory: it is read while it is sent.
class BodySource {
public:
    virtual ~BodySource() = default;

    /// How many bytes it has, if that is known: then it has just so many, or the request fails.
    /// Otherwise it is sent in chunks.
    [[nodiscard]] virtual std::optional<std::uint64_t> size() const = 0;
    /// More of it, empty at its end; valid until the next call. Throws what reading throws.
    virtual asio::awaitable<std::string_view> read_some() = 0;
    /// Begins anew, for a request that must be sent again. False if that is impossible.
    virtual bool rewind() = 0;
};

/// The body of a request, and its type. Copies share a source.
class Body {
public:
    /// None.
    Body() = default;
    /// Bytes as they are. Without a `content_type` the request has no Content-Type.
    explicit Body(std::string data, std::string content_type = {})
        : content_(std::move(data)), content_type_(std::move(content_type)) {}
    explicit Body(std::shared_ptr<BodySource> source, std::string content_type = {})
        : content_(std::move(source)), content_type_(std::move(content_type)) {}

    /// A form: application/x-www-form-urlencoded.
    static Body form(std::span<const NameValue> controls);
    static Body json(const boost::json::value& value);
    /// Streamed from a file. Throws std::system_error, "read PATH: reason".
    static Body file(const std::filesystem::path& path, std::string content_type = {});

    [[nodiscard]] bool empty() const noexcept {
        return std::holds_alternative<std::monostate>(content_);
    }
    [[nodiscard]] const std::string& content_type() const noexcept { return content_type_; }
    /// The bytes of one that is in memory, otherwise null.
    [[nodiscard]] const std::string* data() const noexcept {
        return std::get_if<std::string>(&content_);
    }
    /// The source of one that is not, otherwise null.
    [[nodiscard]] BodySource* source() const noexcept {
        const auto* source = std::get_if<std::shared_ptr<BodySource>>(&content_);
        return source ? source->get() : nullptr;
    }
    /// How many bytes it has, if that is known.
    [[nodiscard]] std::optional<std::uint64_t> size() const;

private:
    std::variant<std::monostate, std::string, std::shared_ptr<BodySource>> content_;
    std::string content_type_;
};

/// "a=1&b=2": as forms and queries are written: a space as +, all but letters, digits and -._~
/// percent-encoded. (Browsers encode ~ and leave *, which reads the same: WHATWG URL, 5.2.)
[[nodiscard]] std::string encode_form(std::span<const NameValue> controls);

}  // namespace cookbook::http_client
