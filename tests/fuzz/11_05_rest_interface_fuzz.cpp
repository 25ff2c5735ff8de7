// 11.5 REST interface: whatever bytes come, the core responds or disconnects, reads no request two
// ways however the network cuts it, and paths, queries and forms are taken or refused.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/detached.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_05_rest_interface/multipart.hpp"
#include "11_05_rest_interface/parameters.hpp"
#include "11_05_rest_interface/rest_interface.hpp"
#include "common/http/server.hpp"

using namespace cookbook;
using namespace cookbook::rest_interface;

namespace {

/// A peer that has sent `input`, in segments of `segment` bytes, and takes whatever it is sent.
class CannedStream final : public Stream {
public:
    CannedStream(asio::any_io_executor executor, std::string_view input, std::size_t segment)
        : executor_(std::move(executor)), input_(input), segment_(segment) {}

    asio::any_io_executor get_executor() override { return executor_; }
    [[nodiscard]] tcp::endpoint peer() const override { return {}; }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override {
        const std::size_t n = asio::buffer_copy(buffer, asio::buffer(input_.substr(0, segment_)));
        input_.remove_prefix(n);
        co_return Transferred(n == 0 ? error_code(asio::error::eof) : error_code(), n);
    }
    std::size_t write_now(Buffers buffers, error_code& error) override {
        error = {};
        return asio::buffer_size(buffers);
    }
    asio::awaitable<Transferred> write(Buffers) override { std::abort(); }
    asio::awaitable<void> shut_down() override { co_return; }
    void cancel(error_code&) override {}
    void close(error_code&) override {}

private:
    asio::any_io_executor executor_;
    std::string_view input_;
    std::size_t segment_;
};

asio::awaitable<http::Response> note(http::Request& request, std::string& notes) {
    const std::string head = std::string(request.method_name) + " " + std::string(request.target);
    const std::string_view body = co_await request.read_body();
    notes.append(head).append(" ").append(body).append("\n");
    co_return http::Response();
}

/// The requests that an application sees.
std::string requests_in(std::string_view input, std::size_t segment) {
    http::Limits limits;
    limits.max_head = 1000;
    limits.max_target = 200;
    limits.max_body = 2000;
    limits.max_fields = 10;
    std::string notes;
    const http::Application application = [&](http::Request& request) {
        return note(request, notes);
    };
    asio::io_context context(1);
    CannedStream stream(context.get_executor(), input, segment);
    asio::co_spawn(context, http::handle(stream, limits, application), asio::detached);
    context.run();
    return notes;
}

void check_part(const Part& part, std::string_view body) {
    const bool inside = part.content.empty() ||
                        (part.content.data() > body.data() && part.content.size() < body.size());
    if (part.name.empty() || !inside) {
        std::abort();
    }
}

void check_segment(const std::string& segment) {
    if (segment == ".." || segment.find_first_of(std::string("/\0", 2)) != segment.npos) {
        std::abort();
    }
}

void parse_parameters(std::string_view input) {
    Parameters parameters;
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string_view body = input.substr(std::min(line + 1, input.size()));
    const auto added = add_form(parameters, input.substr(0, line), body);
    if (added && parameters.size() > 1000) {
        std::abort();
    }
    if (const auto parts = parse_multipart(input, "x")) {
        std::ranges::for_each(*parts, [&](const Part& part) { check_part(part, input); });
    }
    if (const auto segments = segments_of("/" + std::string(input))) {
        std::ranges::for_each(*segments, check_segment);
    }
    if (escape_html(input).find_first_of("<>\"'") != std::string::npos) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    spdlog::set_level(spdlog::level::off);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (size > 0) {
        const std::size_t segment = data[0] % 32 + 1U;
        const std::string_view bytes = input.substr(1);
        if (requests_in(bytes, bytes.size() + 1) != requests_in(bytes, segment)) {
            std::abort();
        }
    }
    parse_parameters(input);
    return 0;
}
