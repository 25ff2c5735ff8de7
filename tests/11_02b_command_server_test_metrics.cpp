// 11.2b, what is counted, and the two texts of it.
#include <array>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "11_02b_command_server/exposition.hpp"

using namespace cookbook::command_server;
using namespace std::chrono_literals;

namespace {

Metrics some_metrics() {
    Metrics metrics;
    metrics.connections = 2;
    metrics.connections_total = 5;
    metrics.messages = {10, 20, 30, 40, 50, 60, 70};
    metrics.events = 60;
    metrics.deliveries = 120;
    metrics.dropped = {1, 2, 4};
    metrics.received_bytes = 1'000'000'000'000;
    metrics.sent_bytes = 2'000;
    metrics.request_duration.observe(1ms);
    metrics.request_duration.observe(20ms);
    metrics.request_duration.observe(3s);
    return metrics;
}

/// The value of a sample, as text; "none" if it is not there.
std::string sample(const std::string& text, const std::string& name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + ' ')) {
            return line.substr(name.size() + 1);
        }
    }
    return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server)

BOOST_AUTO_TEST_CASE(a_bucket_counts_what_is_at_most_its_bound) {
    struct Row {
        double value;
        std::size_t first;  // the first bucket that counts it
    };
    for (const Row row : {Row{0, 0}, Row{0.0009, 0}, Row{0.001, 0}, Row{0.0011, 1}, Row{0.0025, 1},
                          Row{0.01, 3}, Row{0.06, 6}, Row{2.5, 10}, Row{2.6, 11}, Row{1e9, 11}}) {
        Histogram histogram;
        histogram.observe(Histogram::Seconds(row.value));
        const auto counts = histogram.cumulative();
        for (std::size_t n = 0; n < counts.size(); ++n) {
            const std::uint64_t expected = n >= row.first ? 1 : 0;
            BOOST_TEST(counts.at(n) == expected,
                       row.value << " s was observed: the bucket of what is at most "
                                 << Histogram::bounds.at(n) << " s is to count " << expected
                                 << ", not " << counts.at(n));
        }
        BOOST_TEST(histogram.count() == 1U, "count() counts what is beyond every bound, too");
        BOOST_TEST(histogram.sum().count() == row.value, "the sum is the sum of all values");
    }
}

BOOST_AUTO_TEST_CASE(buckets_are_cumulative) {
    Histogram histogram;
    for (const double value : {0.0005, 0.002, 0.002, 0.3, 7.0}) {
        histogram.observe(Histogram::Seconds(value));
    }
    const std::array<std::uint64_t, 11> expected = {1, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4};
    const auto counts = histogram.cumulative();
    BOOST_TEST(counts == expected, boost::test_tools::per_element());
    BOOST_TEST(histogram.count() == 5U);
    BOOST_TEST(histogram.sum().count() == 7.3045, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(stats_tell_what_was_counted) {
    const Metrics metrics = some_metrics();
    BOOST_TEST(to_json(metrics, metrics.started + 1500ms) ==
               R"({"command":"STATS","message_count":280,"connections":2,"connections_total":5,)"
               R"("dropped":7,"received_bytes":1000000000000,"sent_bytes":2000,"uptime":1.500000,)"
               R"("latency":{"count":3,"sum":3.021,"buckets":[[0.001,1],[0.0025,1],[0.005,1],)"
               R"([0.01,1],[0.025,2],[0.05,2],[0.1,2],[0.25,2],[0.5,2],[1,2],[2.5,2]]}})");
    BOOST_CHECK_NO_THROW(boost::json::parse(to_json(metrics, metrics.started)));
}

BOOST_AUTO_TEST_CASE(the_exposition_agrees_with_stats) {
    const Metrics metrics = some_metrics();
    const std::string text = exposition(metrics);
    const auto value = [&](const char* name) { return sample(text, name); };
    BOOST_TEST(value("command_server_connections") == "2");
    BOOST_TEST(value("command_server_connections_total") == "5");
    BOOST_TEST(value(R"(command_server_messages_total{command="ECHO"})") == "10");
    BOOST_TEST(value(R"(command_server_messages_total{command="SAY"})") == "60");
    BOOST_TEST(value(R"(command_server_messages_total{command="other"})") == "70");
    BOOST_TEST(value("command_server_events_total") == "60");
    BOOST_TEST(value("command_server_deliveries_total") == "120");
    BOOST_TEST(value(R"(command_server_dropped_clients_total{reason="slow"})") == "1");
    BOOST_TEST(value(R"(command_server_dropped_clients_total{reason="idle"})") == "2");
    BOOST_TEST(value(R"(command_server_dropped_clients_total{reason="shutdown"})") == "4");
    BOOST_TEST(value("command_server_received_bytes_total") == "1000000000000");
    BOOST_TEST(value("command_server_sent_bytes_total") == "2000");
    BOOST_TEST(value(R"(command_server_request_duration_seconds_bucket{le="0.001"})") == "1");
    BOOST_TEST(value(R"(command_server_request_duration_seconds_bucket{le="2.5"})") == "2");
    BOOST_TEST(value(R"(command_server_request_duration_seconds_bucket{le="+Inf"})") == "3",
               "the last bucket has no bound: it counts all values");
    BOOST_TEST(value("command_server_request_duration_seconds_count") == "3");
    BOOST_TEST(value("command_server_request_duration_seconds_sum") == "3.021");
}

/// As the format's specification has it: HELP and TYPE of a metric come once, before its samples.
BOOST_AUTO_TEST_CASE(the_exposition_is_well_formed) {
    const std::string text = exposition(some_metrics());
    BOOST_TEST(text.ends_with('\n'));
    std::istringstream lines(text);
    std::string name;
    int metrics = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first;
        std::string second;
        words >> first >> second;
        if (first == "#" && second == "HELP") {
            words >> name;
            ++metrics;
            std::getline(lines, line);
            BOOST_TEST(line.starts_with("# TYPE " + name + ' '),
                       line << " follows the help of " << name);
        } else {
            BOOST_TEST(first.starts_with(name), line << " is among the samples of " << name);
        }
    }
    BOOST_TEST(metrics == 9);
}

BOOST_AUTO_TEST_SUITE_END()
