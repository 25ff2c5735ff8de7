#include "journal.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/crc.hpp>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace cookbook::cidr_manager {
namespace {

constexpr std::size_t sum_size = 9;  // with the space

std::string sum_of(std::string_view text) {
    boost::crc_32_type crc;  // as zlib's crc32()
    crc.process_bytes(text.data(), text.size());
    return fmt::format("{:08x} ", crc.checksum());
}

bool is_whole(std::string_view line) {
    return line.size() >= sum_size && line.substr(0, sum_size) == sum_of(line.substr(sum_size));
}

/// Whether it may be a record, or what a crash has left of one: a sum and a space, as far as it
/// goes, or zeros. A wrong sum may have any characters, if an object follows.
bool begins_as_record(std::string_view text) {
    const std::string_view sum = text.substr(0, sum_size - 1);
    const bool begins = sum.find_first_not_of("0123456789abcdef") == sum.npos &&
                        (text.size() < sum_size || text[sum_size - 1] == ' ');
    const bool has_object = text.size() > sum_size && text.substr(sum_size - 1, 2) == " {";
    return begins || has_object || text.find_first_not_of('\0') == text.npos;
}

}  // namespace

std::string encode_record(std::string_view text) {
    return fmt::format("{}{}\n", sum_of(text), text);
}

Recovered recover(std::string_view contents, const std::string& name) {
    Recovered found;
    // [step 5] Take whole records up to a bad, last one. (stub: found.size = contents.size();)
    while (found.size < contents.size()) {
        const std::size_t end = contents.find('\n', found.size);
        const std::string_view line = contents.substr(found.size, end - found.size);
        if (end == std::string_view::npos) {
            break;
        }
        if (!is_whole(line)) {
            if (end + 1 < contents.size()) {
                throw std::runtime_error(
                    fmt::format("{}:{}: damaged record", name, found.records.size() + 1));
            }
            break;
        }
        found.records.emplace_back(line.substr(sum_size));
        found.size = end + 1;
    }
    // [end]
    if (!begins_as_record(contents)) {
        throw std::runtime_error(name + ": not a plan");
    }
    return found;
}

Journal::Journal(Folder& folder, std::string name) : folder_(folder), name_(std::move(name)) {
    const std::string contents = folder_.read(name_);
    Recovered found = recover(contents, name_);
    file_ = folder_.open(name_);
    if (found.size < contents.size()) {
        file_->truncate(found.size);
        spdlog::warn("{}: cut off {} bytes of a record that was never finished", name_,
                     contents.size() - found.size);
    }
    file_->sync();
    folder_.sync();  // the file may be new
    bytes_ = found.size;
    count_ = found.records.size();
    opened_with_ = std::move(found.records);
}

void Journal::append(std::span<const std::string> texts) {
    if (broken_) {
        throw std::system_error(EIO, std::generic_category(), name_);
    }
    try {
        write(texts);
    } catch (...) {
        cut_off();
        throw;
    }
}

void Journal::write(std::span<const std::string> texts) {
    std::string data;
    for (const std::string& text : texts) {
        data += encode_record(text);
    }
    // [step 4] Write the records, then have them on the disk; only then do they count.
    file_->append(data);
    file_->sync();
    bytes_ += data.size();
    count_ += texts.size();
    // [end]
}

/// A failed sync is not tried again: the kernel may have dropped the pages, and the next one would
/// succeed without them (fsync(2), NOTES). What was written must not come back after a crash,
/// either: its sender was told that it had failed.
void Journal::cut_off() {
    try {
        file_->truncate(bytes_);
        file_->sync();
    } catch (const std::system_error&) {
        broken_ = true;
    }
}

void Journal::replace(std::span<const std::string> texts) {
    const std::string new_name = name_ + ".new";
    std::string data;
    for (const std::string& text : texts) {
        data += encode_record(text);
    }
    std::unique_ptr<File> file;
    try {
        folder_.remove(new_name);  // of a replacement that a crash has ended
        file = folder_.open(new_name);
        file->append(data);
        file->sync();
        folder_.rename(new_name, name_);
    } catch (const std::system_error&) {
        file.reset();
        folder_.remove(new_name);
        throw;
    }
    file_ = std::move(file);
    bytes_ = data.size();
    count_ = texts.size();
    // Until this is done, a crash may bring the old file back, without what is appended to the new.
    broken_ = true;
    folder_.sync();
    broken_ = false;
}

}  // namespace cookbook::cidr_manager
