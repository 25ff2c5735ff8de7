// A FILE to print to, whose text a test reads.

#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace cookbook::testing {

/// A FILE that writes to memory.
class Output {
public:
    Output() : file_(::open_memstream(&text_, &size_)) {}
    ~Output() {
        std::fclose(file_);
        std::free(text_);  // NOLINT: open_memstream(3) has allocated it
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    [[nodiscard]] std::FILE* file() const { return file_; }
    /// What has been printed so far.
    [[nodiscard]] std::string text() const {
        std::fflush(file_);
        return {text_, size_};
    }

private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* file_;
};

}  // namespace cookbook::testing
