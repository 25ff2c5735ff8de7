#include "commands.hpp"

#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

#include "common/cli/input.hpp"
#include "common/cli/output.hpp"
#include "gather.hpp"
#include "row.hpp"

namespace cookbook::resilient_client {
namespace {

using std::chrono::steady_clock;

/// The URLs of all rounds as jobs. Of a result no more is kept than its row.
class Rows final : public Jobs {
public:
    Rows(Client& client, const CommandSettings& settings,
         std::optional<steady_clock::time_point> end)
        : client_(client),
          settings_(settings),
          end_(end),
          rows_(settings.urls.size()),
          attempts_(settings.urls.size()) {}

    asio::awaitable<bool> run(std::size_t number, Place& place) override {
        const steady_clock::time_point begin = steady_clock::now();
        Request request = settings_.request;
        request.url = settings_.urls[number];
        const Result result = co_await client_.fetch(
            std::move(request),
            {.end = end_, .place = &place, .cancelled_attempts = &attempts_[number]});
        keep(number, result, steady_clock::now() - begin);
        is_cancelled_ = is_cancelled_ || (!result && settings_.many.fail_fast);
        co_return !is_cancelled_;
    }
    void on_cancelled(std::size_t number) override {
        const unsigned attempts = std::exchange(attempts_[number], 0);
        keep(number, Failure{Failure::Kind::cancelled, "cancelled", attempts}, {});
    }
    void on_turn(std::size_t number) override {
        print_line(stdout, std::exchange(rows_[number], std::string()));
    }

    [[nodiscard]] bool all_ok() const noexcept { return all_ok_; }
    [[nodiscard]] bool is_cancelled() const noexcept { return is_cancelled_; }

private:
    void keep(std::size_t number, const Result& result, steady_clock::duration elapsed) {
        all_ok_ = all_ok_ && result && result->ok();
        rows_[number] = row(settings_.urls[number], result, elapsed, settings_.show_body);
    }

    Client& client_;
    const CommandSettings& settings_;
    std::optional<steady_clock::time_point> end_;
    std::vector<std::string> rows_;
    std::vector<unsigned> attempts_;  // of those that are cancelled
    bool all_ok_ = true;
    bool is_cancelled_ = false;
};

/// The URLs, those of stdin in the place of "-".
asio::awaitable<std::vector<std::string>> expand(std::vector<std::string> urls) {
    std::vector<std::string> all;
    for (std::string& url : urls) {
        if (url != "-") {
            all.push_back(std::move(url));
            continue;
        }
        InputLines lines(open_input(co_await this_coro::executor));
        while (auto line = co_await lines.next()) {
            const std::size_t begin = line->find_first_not_of(" \t");
            all.push_back(line->substr(begin, line->find_last_not_of(" \t\r") + 1 - begin));
        }
    }
    co_return all;
}

}  // namespace

asio::awaitable<void> fetch_urls(CommandSettings settings, bool& all_ok) {
    const steady_clock::time_point begin = steady_clock::now();
    settings.urls = co_await expand(std::move(settings.urls));
    Client client(settings.client);
    const bool has_end = settings.max_time < steady_clock::time_point::max() - begin;
    Rows rows(client, settings, has_end ? std::optional(begin + settings.max_time) : std::nullopt);
    for (std::uint32_t round = 0; round < settings.repeat; ++round) {
        if (!rows.is_cancelled()) {
            co_await gather(rows, settings.urls.size(), settings.many.concurrency);
            continue;
        }
        for (std::size_t number = 0; number < settings.urls.size(); ++number) {
            rows.on_cancelled(number);
            rows.on_turn(number);
        }
    }
    all_ok = rows.all_ok();
    if (settings.summarise) {
        const std::string line = summary(client.statistics(), steady_clock::now() - begin);
        std::fputs((line + '\n').c_str(), stderr);
    }
}

}  // namespace cookbook::resilient_client
