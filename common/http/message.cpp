#include "common/http/message.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>

#include "common/http/character_set.hpp"

namespace cookbook {
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
        constexpr std::size_t most = 64 << 10;
        const bool has_memory = used.capacity() > std::string().capacity();
        if (has_memory && used.capacity() <= most && count_ < spares_.size()) {
            used.clear();
            spares_[count_++] = std::move(used);
        }
    }

private:
    std::array<std::string, 4> spares_;
    std::size_t count_ = 0;
};

thread_local SpareStrings spare_strings;

/// token (RFC 9110, 5.6.2)
bool is_token(std::string_view text) {
    static constexpr CharacterSet characters("!#$%&'*+-.^_`|~");
    return !text.empty() && characters.contains_all_of(text);
}

bool is_field_value(std::string_view text) {
    return std::ranges::none_of(
        text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

/// What an application's exception is to the client; rethrows a cancellation.
Response answer_to(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const HttpError& error) {
        return error_response(error.status, error.what());
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        spdlog::error("application failed: {}", error.what());
    } catch (const std::exception& error) {
        spdlog::error("application failed: {}", error.what());
    }
    return error_response(http::status::internal_server_error, "Internal Server Error");
}

asio::awaitable<Response> finish(asio::awaitable<Response> answer) {
    try {
        co_return co_await std::move(answer);
    } catch (...) {
        co_return answer_to(std::current_exception());
    }
}

asio::awaitable<Response> run(std::function<Response()> work) {
    co_return work();
}

}  // namespace

void refuse(const std::string& what) {
    throw HttpError(http::status::bad_request, what);
}

std::string_view Request::operator[](http::field name) const noexcept {
    const auto found = std::ranges::find(fields, name, &HttpField::id);
    return found == fields.end() ? std::string_view() : found->value;
}

asio::awaitable<std::string_view> Request::read_some() {
    if (!source) {
        co_return std::string_view();
    }
    co_return co_await source->read_some(body_limit);
}

asio::awaitable<std::string_view> Request::read_body() {
    if (has_body_ || !source) {
        co_return body_;
    }
    has_body_ = true;
    if (const auto whole = source->read_whole(body_limit)) {
        body_ = *whole;
        co_return body_;
    }
    for (;;) {
        const std::string_view part = co_await source->read_some(body_limit);
        if (part.empty()) {
            break;
        }
        storage_ += part;
    }
    body_ = storage_;
    co_return body_;
}

void Request::start_over(std::uint64_t new_body_limit) {
    method = http::verb::get;
    method_name = target = path = query = host = body_ = {};
    fields = {};
    body_limit = new_body_limit;
    has_body_ = false;
    storage_.clear();
}

Response::Response(http::status with_status, std::string_view content_type)
    : status(with_status), body(spare_strings.take()), fields_(spare_strings.take()) {
    if (!content_type.empty()) {
        add(http::field::content_type, content_type);
    }
}

Response::~Response() {
    spare_strings.give_back(body);
    spare_strings.give_back(fields_);
}

Response& Response::add(std::string_view name, std::string_view value) {
    if (!is_token(name)) {
        throw std::invalid_argument("not the name of a field: " + std::string(name));
    }
    return append(name, value);
}

Response& Response::add(http::field name, std::string_view value) {
    return append(http::to_string(name), value);
}

Response& Response::append(std::string_view name, std::string_view value) {
    if (!is_field_value(value)) {
        throw std::invalid_argument("not a value of " + std::string(name));
    }
    fields_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

Response error_response(http::status status, std::string_view what) {
    Response response(status, "text/plain; charset=utf-8");
    response.body.append(what).append("\n");
    return response;
}

Answer answer_of(const Application& application, Request& request) {
    try {
        Answer answer = application(request);
        if (auto* later = std::get_if<asio::awaitable<Response>>(&answer)) {
            return finish(std::move(*later));
        }
        return answer;
    } catch (...) {
        return answer_to(std::current_exception());
    }
}

asio::awaitable<Response> wait_for(Answer answer) {
    if (auto* later = std::get_if<asio::awaitable<Response>>(&answer)) {
        co_return co_await std::move(*later);
    }
    co_return std::get<Response>(std::move(answer));
}

asio::awaitable<Response> on_thread(asio::thread_pool& pool, std::function<Response()> work) {
    co_return co_await asio::co_spawn(pool, run(std::move(work)), use_awaitable);
}

}  // namespace cookbook
