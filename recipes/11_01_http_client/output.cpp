#include "output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <utility>

#include "common/cli/output.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::http_client {
namespace {

/// Field values and reasons may be of any bytes; JSON is UTF-8.
std::string to_json_text(std::string_view text) {
    return is_utf8(text) ? std::string(text) : to_utf8(text, "text/plain; charset=iso-8859-1");
}

}  // namespace

Output::Output(Rules rules)
    : rules_(std::move(rules)), shows_progress_(rules_.file && ::isatty(STDERR_FILENO) == 1) {
    if (rules_.file) {
        file_.emplace(*rules_.file);
    }
}

Output::~Output() {
    clear_progress();
}

void Output::begin(const Response& head) {
    skips_body_ = rules_.without_errors && !head.ok();
    const std::string_view length = head.fields["Content-Length"];
    const bool is_coded = head.fields.contains("Content-Encoding");
    total_ = length.empty() || is_coded ? "" : " of " + std::string(length);
    size_ = 0;
    if (rules_.as_text) {
        decoder_.emplace(head.fields["Content-Type"]);
    }
    if (rules_.with_head) {
        put(head.status_line + "\r\n" + head.fields.text() + "\r\n");
    }
}

asio::awaitable<bool> Output::write(std::string_view data) {
    if (skips_body_) {
        co_return false;
    }
    decoder_ ? put(decoder_->decode(data)) : put(data);
    size_ += data.size();
    show_progress();
    co_return true;
}

void Output::finish() {
    if (decoder_) {
        put(decoder_->finish());
    }
}

void Output::commit() {
    clear_progress();
    if (file_) {
        file_->commit();
    }
}

void Output::put(std::string_view data) {
    if (file_) {
        file_->write(data);
    } else {
        write_output(stdout, data);
    }
}

void Output::show_progress() {
    constexpr auto pause = 100ms;
    const auto now = asio::steady_timer::clock_type::now();
    if (shows_progress_ && now - shown_ > pause) {
        shown_ = now;
        std::fputs(fmt::format("\r{}{} bytes", size_, total_).c_str(), stderr);
        std::fflush(stderr);
    }
}

void Output::clear_progress() {
    if (shows_progress_ && shown_ != asio::steady_timer::time_point()) {
        std::fputs("\r\x1b[K", stderr);
        shown_ = {};
    }
}

std::string summary(const Response& response) {
    using boost::json::array;
    array history;
    for (const Response& redirect : response.history) {
        history.push_back({{"status", redirect.status}, {"url", redirect.url}});
    }
    array headers;
    for (const Field field : response.fields) {
        headers.push_back(array{field.name, to_json_text(field.value)});
    }
    const std::chrono::duration<double> elapsed = response.elapsed;
    return boost::json::serialize(boost::json::object{{"status", response.status},
                                                      {"reason", to_json_text(response.reason())},
                                                      {"url", response.url},
                                                      {"history", std::move(history)},
                                                      {"headers", std::move(headers)},
                                                      {"elapsed", elapsed.count()}});
}

}  // namespace cookbook::http_client
