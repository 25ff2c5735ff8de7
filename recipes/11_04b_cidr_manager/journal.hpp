// A log of records that a crash cannot damage, only shorten by what nobody has been told of.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "11_04b_cidr_manager/disk.hpp"

namespace cookbook::cidr_manager {

/// A record as the file has it: the CRC-32 of its text in 8 hex digits, a space, the text, LF. The
/// text has no line feed.
std::string encode_record(std::string_view text);

/// What is in a file.
struct Recovered {
    std::vector<std::string> records;
    /// How much of the file they are: what is behind them was being written when the power failed.
    std::size_t size = 0;
};

/// Reads the records of a file. A last one without its LF, or with a wrong sum, was never finished:
/// it is left out. Throws std::runtime_error, "NAME:LINE: damaged record", for a bad one that has
/// something behind it: that is no torn write, and nobody can say what else is wrong; and "NAME:
/// not a plan" for a file that does not even begin as a record does.
Recovered recover(std::string_view contents, const std::string& name);

/// The open log. Not for two threads at once.
class Journal {
public:
    /// Opens the file, or creates it; cuts off an unfinished record, and logs that. The folder is
    /// that of the file, and must outlive the journal. Throws as recover() does, and
    /// std::system_error.
    Journal(Folder& folder, std::string name);

    /// What the file had when it was opened: once.
    std::vector<std::string> take_records() { return std::move(opened_with_); }

    /// Appends records and returns when they are on the disk. Throws std::system_error if they are
    /// not; then none of them is in the file. If not even that can be made sure, this throws
    /// until a replace() succeeds.
    void append(std::span<const std::string> texts);

    /// Replaces all records: whoever reads the file, after a crash too, finds the old ones or the
    /// new ones. Throws std::system_error; if nobody can say then which of them a crash leaves,
    /// append() throws until another replace() succeeds.
    void replace(std::span<const std::string> texts);

    /// How many records the file has.
    [[nodiscard]] std::size_t size() const { return count_; }

private:
    void write(std::span<const std::string> texts);
    void cut_off();

    Folder& folder_;
    std::string name_;
    std::vector<std::string> opened_with_;
    std::unique_ptr<File> file_;
    std::size_t bytes_ = 0;  // of the records that are on the disk
    std::size_t count_ = 0;
    bool broken_ = false;
};

}  // namespace cookbook::cidr_manager
