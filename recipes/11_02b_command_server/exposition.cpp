#include "exposition.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace cookbook::command_server {
namespace {

/// A text that grows, a metric at a time.
class Exposition {
public:
    /// Begins a metric: what follows are its samples.
    void begin(std::string_view name, std::string_view type, std::string_view help) {
        name_ = fmt::format("command_server_{}", name);
        append("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type);
    }

    /// `labels` is empty, or pairs in braces.
    template <typename Number>
    void sample(std::string_view labels, Number value, std::string_view suffix = {}) {
        append("{}{}{} {}\n", name_, suffix, labels, value);
    }

    std::string take() { return std::move(text_); }

private:
    template <typename... Values>
    void append(fmt::format_string<Values...> format, Values&&... values) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Values>(values)...);
    }

    std::string name_;
    std::string text_;
};

void add_counter(Exposition& text, std::string_view name, std::string_view help,
                 std::uint64_t value) {
    text.begin(name, "counter", help);
    text.sample({}, value);
}

void add_messages(Exposition& text, const Metrics& metrics) {
    text.begin("messages_total", "counter", "Lines that were handled, by command.");
    for (std::size_t n = 0; n < command_words.size(); ++n) {
        // One of seven words: a peer's own would let it make a series for each line it sends.
        text.sample(fmt::format(R"({{command="{}"}})", command_words.at(n).name),
                    metrics.messages.at(n));
    }
}

void add_dropped(Exposition& text, const Metrics& metrics) {
    text.begin("dropped_clients_total", "counter", "Clients that the server has dropped.");
    for (std::size_t n = 0; n < reason_words.size(); ++n) {
        text.sample(fmt::format(R"({{reason="{}"}})", reason_words.at(n)), metrics.dropped.at(n));
    }
}

void add_duration(Exposition& text, const Histogram& histogram) {
    text.begin("request_duration_seconds", "histogram",
               "From the arrival of a line until its turn was over.");
    const auto counts = histogram.cumulative();
    for (std::size_t n = 0; n < counts.size(); ++n) {
        text.sample(fmt::format(R"({{le="{}"}})", Histogram::bounds.at(n)), counts.at(n),
                    "_bucket");
    }
    text.sample(R"({le="+Inf"})", histogram.count(), "_bucket");
    text.sample({}, histogram.sum().count(), "_sum");
    text.sample({}, histogram.count(), "_count");
}

}  // namespace

std::string exposition(const Metrics& metrics) {
    Exposition text;
    text.begin("connections", "gauge", "Clients that are connected.");
    text.sample({}, metrics.connections);
    add_counter(text, "connections_total", "Clients that have connected.",
                metrics.connections_total);
    add_messages(text, metrics);
    add_counter(text, "events_total", "Events that clients have sent to all.", metrics.events);
    add_counter(text, "deliveries_total", "Events put into a client's queue.", metrics.deliveries);
    add_dropped(text, metrics);
    add_counter(text, "received_bytes_total", "Bytes received from clients.",
                metrics.received_bytes);
    add_counter(text, "sent_bytes_total", "Bytes sent to clients.", metrics.sent_bytes);
    add_duration(text, metrics.request_duration);
    return text.take();
}

std::string to_json(const Metrics& metrics, TimePoint now) {
    const Histogram::Seconds uptime = now - metrics.started;
    std::string text = fmt::format(
        R"({{"command":"STATS","message_count":{},"connections":{},"connections_total":{},)"
        R"("dropped":{},"received_bytes":{},"sent_bytes":{},"uptime":{:.6f},)"
        R"("latency":{{"count":{},"sum":{},"buckets":[)",
        metrics.message_count(), metrics.connections, metrics.connections_total,
        metrics.dropped_count(), metrics.received_bytes, metrics.sent_bytes, uptime.count(),
        metrics.request_duration.count(), metrics.request_duration.sum().count());
    const auto counts = metrics.request_duration.cumulative();
    for (std::size_t n = 0; n < counts.size(); ++n) {
        fmt::format_to(std::back_inserter(text), "{}[{},{}]", n == 0 ? "" : ",",
                       Histogram::bounds.at(n), counts.at(n));
    }
    return text + "]}}";
}

}  // namespace cookbook::command_server
