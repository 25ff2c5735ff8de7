// A folder in memory that forgets, after a crash, what was not synced; and whose calls fail or wait
// when a test wants them to.
#pragma once

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/disk.hpp"

namespace cookbook::cidr_manager::testing {

class MemoryFolder final : public Folder {
public:
    MemoryFolder() = default;
    explicit MemoryFolder(const std::string& plan) { put("plan", plan); }

    // --- What a test does ---

    /// The calls so far, "append plan", "sync plan", "truncate plan", "sync folder" …; forgets
    /// them.
    std::vector<std::string> take_calls() {
        const std::lock_guard lock(mutex_);
        return std::exchange(calls_, {});
    }
    [[nodiscard]] int count(const std::string& call) const {
        const std::lock_guard lock(mutex_);
        return static_cast<int>(std::ranges::count(calls_, call));
    }
    /// The next `times` of such calls fail with `error`, after `after` of them; a write that fails
    /// leaves a half.
    void fail(const std::string& call, int error, int times = 1, int after = 0) {
        failures_[call] = {error, times, after};
    }
    /// Calls wait, before they do anything, until open_gate().
    void close_gate(const std::string& call) {
        const std::lock_guard lock(mutex_);
        gate_ = call;
    }
    void open_gate() {
        const std::lock_guard lock(mutex_);
        gate_.clear();
        gate_opened_.notify_all();
    }

    /// What the disk has after the power has failed: what was synced, and `more` bytes of the rest.
    [[nodiscard]] std::string after_crash(std::size_t more = 0) const {
        const auto found = durable_names_.find("plan");
        if (found == durable_names_.end()) {
            return {};
        }
        const Contents& file = *found->second;
        const std::size_t size = std::min(file.now.size(), file.synced.size() + more);
        return file.now.starts_with(file.synced) ? file.now.substr(0, size) : file.synced;
    }
    [[nodiscard]] std::string contents(const std::string& name = "plan") const {
        const auto found = names_.find(name);
        return found == names_.end() ? "" : found->second->now;
    }
    void put(const std::string& name, const std::string& contents) {
        names_[name] = std::make_shared<Contents>(Contents{contents, contents});
        durable_names_ = names_;
    }

    // --- What a journal does ---

    std::string read(const std::string& name) override { return contents(name); }
    std::unique_ptr<File> open(const std::string& name) override {
        enter("open " + name);
        auto& file = names_[name];
        if (!file) {
            file = std::make_shared<Contents>();
        }
        return std::make_unique<MemoryFile>(*this, name, file);
    }
    void rename(const std::string& from, const std::string& to) override {
        enter("rename " + from + " " + to);
        names_[to] = names_.at(from);
        names_.erase(from);
        // The file system may write the names down at any time: the worst is now.
        durable_names_[to] = names_[to];
    }
    void remove(const std::string& name) override {
        enter("remove " + name);
        names_.erase(name);
    }
    void sync() override {
        enter("sync folder");
        durable_names_ = names_;
    }

private:
    struct Contents {
        std::string now = {};
        std::string synced = {};
    };

    class MemoryFile final : public File {
    public:
        MemoryFile(MemoryFolder& folder, std::string name, std::shared_ptr<Contents> contents)
            : folder_(folder), name_(std::move(name)), contents_(std::move(contents)) {}
        void append(std::string_view data) override {
            try {
                folder_.enter("append " + name_);
            } catch (...) {
                contents_->now += data.substr(0, data.size() / 2);
                throw;
            }
            contents_->now += data;
        }
        void sync() override {
            folder_.enter("sync " + name_);
            contents_->synced = contents_->now;
        }
        void truncate(std::size_t size) override {
            folder_.enter("truncate " + name_);
            contents_->now.resize(size);
        }

    private:
        MemoryFolder& folder_;
        std::string name_;
        std::shared_ptr<Contents> contents_;
    };

    struct Failure {
        int error;
        int times;
        int after;
    };

    void enter(const std::string& call) {
        std::unique_lock lock(mutex_);
        calls_.push_back(call);
        gate_opened_.wait(lock, [&] { return gate_ != call; });
        const auto failure = failures_.find(call);
        if (failure != failures_.end() && failure->second.after-- <= 0 &&
            failure->second.times-- > 0) {
            throw std::system_error(failure->second.error, std::generic_category(), "plan");
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable gate_opened_;
    std::string gate_;
    std::vector<std::string> calls_;
    std::map<std::string, Failure> failures_;
    std::map<std::string, std::shared_ptr<Contents>> names_;
    std::map<std::string, std::shared_ptr<Contents>> durable_names_;
};

}  // namespace cookbook::cidr_manager::testing
