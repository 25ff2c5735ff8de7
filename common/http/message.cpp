#include "common/http/message.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/http/grammar.hpp"

namespace cookbook::http {
namespace {

/// The memory of responses that have been sent, for the next ones of this thread: a server in its
/// stride allocates nothing.
class SpareStrings {
public:
    std::string take() {
        if (count_ == 0) {
            return {};
        }
        return std::move(spares_[--count_]);
    }

    void give_back(std::string& used) {
        constexpr std::size_t max_kept = 64 << 10;
        const bool has_memory = used.capacity() > std::string().capacity();
        if (has_memory && used.capacity() <= max_kept && count_ < spares_.size()) {
            used.clear();
            spares_[count_++] = std::move(used);
        }
    }

private:
    std::array<std::string, 4> spares_;
    std::size_t count_ = 0;
};

thread_local SpareStrings spare_strings;

}  // namespace

void throw_exception_from_error(const Error& error, const boost::source_location&) {
    throw error;  // NOLINT(misc-throw-by-value-catch-by-reference)
}

Error bad_request(const std::string& what) {
    return Error(status::bad_request, what);
}

std::string_view Request::operator[](field name) const noexcept {
    const auto found = std::ranges::find(fields, name, &Field::id);
    return found == fields.end() ? std::string_view() : found->value;
}

asio::awaitable<std::string_view> Request::read_some() {
    if (!source) {
        co_return std::string_view();
    }
    co_return co_await source->read_some(max_body);
}

asio::awaitable<std::string_view> Request::read_body() {
    if (has_body_ || !source) {
        co_return body_;
    }
    has_body_ = true;
    if (const auto whole = source->read_whole(max_body)) {
        body_ = *whole;
        co_return body_;
    }
    for (;;) {
        const std::string_view data = co_await source->read_some(max_body);
        if (data.empty()) {
            break;
        }
        storage_ += data;
    }
    body_ = storage_;
    co_return body_;
}

void Request::reset() {
    method = verb::get;
    method_name = target = path = query = host = body_ = {};
    fields = {};
    content_length.reset();
    has_body_ = false;
    storage_.clear();
}

Response::Response(http::status with_status, std::string_view content_type)
    : status(with_status), body(spare_strings.take()), fields_(spare_strings.take()) {
    if (!content_type.empty()) {
        add(field::content_type, content_type);
    }
}

Response::~Response() {
    if (auto* whole = std::get_if<std::string>(&body)) {
        spare_strings.give_back(*whole);
    }
    spare_strings.give_back(fields_);
}

Response& Response::add(std::string_view name, std::string_view value) {
    if (!grammar::is_token(name)) {
        throw std::invalid_argument("not the name of a field: " + std::string(name));
    }
    return append(name, value);
}

Response& Response::add(field name, std::string_view value) {
    return append(to_string(name), value);
}

Response& Response::append(std::string_view name, std::string_view value) {
    if (!grammar::is_field_value(value)) {
        throw std::invalid_argument("not a value of " + std::string(name));
    }
    fields_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

Response error_response(http::status status, std::string_view what) {
    Response response(status, "text/plain; charset=utf-8");
    response.data().append(what).append("\n");
    return response;
}

Response error_response(const Error& error) {
    return error_response(error.status, error.what());
}

}  // namespace cookbook::http
