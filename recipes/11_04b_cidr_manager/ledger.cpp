#include "ledger.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "common/async/describe.hpp"
#include "request_error.hpp"

namespace cookbook::cidr_manager {
namespace {

constexpr auto never = asio::steady_timer::time_point::max();

std::vector<std::string> records_of(std::span<const Change> changes) {
    std::vector<std::string> records;
    records.reserve(changes.size());
    std::ranges::transform(changes, std::back_inserter(records), to_record);
    return records;
}

Plan replay(std::span<const std::string> records, const std::string& file) {
    Plan plan;
    int line = 0;
    for (const std::string& record : records) {
        ++line;
        try {
            const Change change = to_change(record);
            plan.check(change);
            plan.apply(change);
        } catch (const std::exception&) {
            throw std::runtime_error(fmt::format("{}:{}: damaged record", file, line));
        }
    }
    return plan;
}

}  // namespace

Ledger::Ledger(asio::any_io_executor executor, Folder& folder, const std::string& file)
    : executor_(std::move(executor)),
      file_(file),
      journal_(folder, file),
      changed_(executor_, never) {
    plan_ = replay(journal_.take_records(), file);
}

Ledger::~Ledger() {
    disk_.join();
}

void Ledger::add_pools(std::span<const Network> pools) {
    std::vector<Change> changes;
    for (const Network& pool : pools) {
        if (!plan_.pools().contains(pool)) {
            changes.push_back({Change::Kind::add_pool, {.pool = pool}});
            plan_.check(changes.back());
            plan_.apply(changes.back());
        }
    }
    if (!changes.empty()) {
        journal_.append(records_of(changes));
    }
}

asio::awaitable<void> Ledger::run(std::span<Job> jobs) {
    for (Job& job : jobs) {
        waiting_.push_back(&job);
    }
    begin();
    while (!std::ranges::all_of(jobs, &Job::done)) {
        co_await changed_.async_wait(use_nothrow);
    }
}

asio::awaitable<void> Ledger::close() {
    while (busy_) {
        co_await changed_.async_wait(use_nothrow);
    }
}

/// Does what waits, if the disk is not busy with what came before.
void Ledger::begin() {
    if (!busy_ && !waiting_.empty()) {
        batch_ = std::exchange(waiting_, {});
        do_batch();
    }
}

/// Nobody sees the plan with the batch's changes before the disk has them, because nobody is done
/// before: a look that comes now waits for the next batch.
void Ledger::do_batch() {
    changes_.clear();
    for (Job* job : batch_) {
        job->response = respond(job->request, [this](const Request& request) {
            return consult(plan_, request, changes_);
        });
    }
    // [step 4] Changes go to the disk, and only then are the clients told.
    if (changes_.empty()) {
        finish_batch();
    } else {
        records_ = records_of(changes_);
        on_disk_thread(&Ledger::commit, &Ledger::finish_commit);
    }
    // [end]
}

/// On the disk's thread.
void Ledger::commit() {
    try {
        failure_.clear();
        journal_.append(records_);
    } catch (const std::exception& failure) {
        failure_ = describe(failure);
    }
}

void Ledger::finish_commit() {
    if (!failure_.empty()) {
        spdlog::error("{}", failure_);
        undo_batch();
    }
    finish_batch();
}

void Ledger::undo_batch() {
    for (const Change& change : changes_ | std::views::reverse) {
        plan_.revert(change);
    }
    for (Job* job : batch_) {
        job->response = respond(job->request, [this](const Request& request) {
            if (request.kind == Request::Kind::change) {
                throw RequestError(failure_ + "; nothing is changed");
            }
            return consult(plan_, request, changes_);
        });
    }
}

void Ledger::finish_batch() {
    for (Job* job : batch_) {
        job->done = true;
    }
    batch_.clear();
    changed_.cancel();
    begin_rewrite();
    begin();
}

/// A log only grows. So once most of it is history, it is replaced by what that has led to.
void Ledger::begin_rewrite() {
    constexpr std::size_t min_records = 1000;
    if (!busy_ && journal_.size() > std::max(min_records, min_rewrite_) &&
        journal_.size() > 2 * plan_.size()) {
        records_ = records_of(plan_.changes());
        on_disk_thread(&Ledger::rewrite, &Ledger::end_rewrite);
    }
}

/// On the disk's thread. After a failure the old log goes on, and it is tried again later.
void Ledger::rewrite() {
    try {
        journal_.replace(records_);
        min_rewrite_ = 0;
    } catch (const std::exception& failure) {
        spdlog::error("{}", describe(failure));
        min_rewrite_ = 2 * journal_.size();
    }
}

void Ledger::end_rewrite() {
    changed_.cancel();
    begin();
}

/// Runs `work` there, and then `then` here. Until then, nobody else uses the journal.
void Ledger::on_disk_thread(void (Ledger::*work)(), void (Ledger::*then)()) {
    busy_ = true;
    asio::post(disk_, [this, work, then] {
        (this->*work)();
        asio::post(executor_, [this, then] {
            busy_ = false;
            (this->*then)();
        });
    });
}

}  // namespace cookbook::cidr_manager
