#include "multipart_body.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/http/grammar.hpp"

namespace cookbook::http_client {
namespace {

/// Several bodies, one after the other.
class Sequence final : public BodySource {
public:
    explicit Sequence(std::vector<Body> bodies) : bodies_(std::move(bodies)) {}

    [[nodiscard]] std::optional<std::uint64_t> size() const override {
        std::uint64_t total = 0;
        for (const Body& body : bodies_) {
            const auto size = body.size();
            if (!size) {
                return std::nullopt;
            }
            total += *size;
        }
        return total;
    }

    asio::awaitable<std::string_view> read_some() override {
        while (next_ < bodies_.size()) {
            const Body& body = bodies_[next_];
            if (BodySource* source = body.source()) {
                const std::string_view data = co_await source->read_some();
                if (!data.empty()) {
                    co_return data;
                }
                ++next_;
                continue;
            }
            ++next_;
            if (body.data() && !body.data()->empty()) {
                co_return *body.data();
            }
        }
        co_return std::string_view();
    }

    bool rewind() override {
        next_ = 0;
        for (const Body& body : bodies_) {
            if (body.source() && !body.source()->rewind()) {
                return false;
            }
        }
        return true;
    }

private:
    std::vector<Body> bodies_;
    std::size_t next_ = 0;
};

std::string random_boundary() {
    std::array<unsigned char, 16> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
        throw std::runtime_error("OpenSSL has no random bytes");
    }
    return fmt::format("{:02x}", fmt::join(random, ""));
}

/// A name between quotes: only what would end it, or its line, is encoded.
std::string quoted_name(std::string_view name) {
    std::string result = "\"";
    for (const char c : name) {
        if (c == '"') {
            result += "%22";
        } else if (c == '\r') {
            result += "%0D";
        } else if (c == '\n') {
            result += "%0A";
        } else {
            result += c;
        }
    }
    return result + '"';
}

std::string_view without_folders(std::string_view filename) {
    return filename.substr(filename.rfind('/') + 1);
}

std::string part_head(const FormPart& part) {
    std::string head = "Content-Disposition: form-data; name=" + quoted_name(part.name);
    if (part.filename) {
        head += "; filename=" + quoted_name(without_folders(*part.filename));
    }
    const std::string& type = part.content.content_type();
    if (!http::grammar::is_field_value(type)) {
        throw std::invalid_argument("a content type with a control character");
    }
    return type.empty() ? head + "\r\n\r\n" : head + "\r\nContent-Type: " + type + "\r\n\r\n";
}

}  // namespace

FormPart FormPart::file(std::string name, const std::filesystem::path& path,
                        std::string content_type) {
    return {std::move(name), Body::file(path, std::move(content_type)), path.filename().string()};
}

Body multipart_body(const std::vector<FormPart>& parts) {
    const std::string boundary = random_boundary();
    std::vector<Body> bodies;
    std::string between = "--" + boundary + "\r\n";
    for (const FormPart& part : parts) {
        bodies.emplace_back(between + part_head(part));
        bodies.push_back(part.content);
        between = "\r\n--" + boundary + "\r\n";
    }
    bodies.emplace_back((parts.empty() ? "--" : "\r\n--") + boundary + "--\r\n");
    return Body(std::make_shared<Sequence>(std::move(bodies)),
                "multipart/form-data; boundary=" + boundary);
}

}  // namespace cookbook::http_client
