// A plan that survives: every change is in the journal before its client is told.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <span>
#include <string>
#include <vector>

#include "11_04b_cidr_manager/journal.hpp"
#include "11_04b_cidr_manager/plan.hpp"
#include "11_04b_cidr_manager/requests.hpp"
#include "common/async/asio.hpp"

namespace cookbook::cidr_manager {

/// The plan and its journal. Requests that come while the disk is busy wait for it, and are then
/// done together, with one sync (group commit): a sync costs the same for one record and for many.
///
/// Belongs to the thread that runs `executor`; the disk has a thread of its own.
class Ledger {
public:
    /// Replays the journal in `file`. Throws as Journal does, and std::runtime_error, "FILE:LINE:
    /// damaged record", for a record that does not fit the ones before.
    Ledger(asio::any_io_executor executor, Folder& folder, const std::string& file);
    ~Ledger();
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    /// Adds the pools that the plan does not have. Throws RequestError if one overlaps another.
    void add_pools(std::span<const Network> pools);

    /// A look or a change on its way.
    struct Job {
        Request request;
        std::string response = {};
        bool done = false;
    };
    /// Does them, in order, and returns when all have their responses; cancelled, too: what has
    /// begun is not undone. `jobs` must live until then.
    asio::awaitable<void> run(std::span<Job> jobs);

    /// Returns when the disk has nothing more to do: to be awaited before the ledger is destroyed.
    asio::awaitable<void> close();

    [[nodiscard]] const Plan& plan() const { return plan_; }

private:
    void begin();
    void end_rewrite();
    void do_batch();
    void commit();
    void finish_commit();
    void undo_batch();
    void finish_batch();
    void begin_rewrite();
    void rewrite();
    void on_disk_thread(void (Ledger::*work)(), void (Ledger::*then)());

    asio::any_io_executor executor_;
    std::string file_;
    Plan plan_;
    Journal journal_;
    std::vector<Job*> waiting_;
    std::vector<Job*> batch_;      // on its way to the disk
    std::vector<Change> changes_;  // of the batch, applied to the plan
    std::vector<std::string> records_;
    std::string failure_;  // why the disk has not taken them
    bool busy_ = false;
    std::size_t min_rewrite_ = 0;  // not before the log has so many records
    asio::steady_timer changed_;   // cancelled when a batch is done, or the disk idle
    asio::thread_pool disk_{1};
};

}  // namespace cookbook::cidr_manager
