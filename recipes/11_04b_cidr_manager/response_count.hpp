// Responses counted on their way to a FILE.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace cookbook::cidr_manager {

/// No response is longer.
constexpr std::size_t max_response = std::size_t{64} << 20;

/// A FILE that passes lines of responses on to another FILE, and looks at each.
class ResponseCount {
public:
    explicit ResponseCount(std::FILE* output);
    ~ResponseCount();
    ResponseCount(const ResponseCount&) = delete;
    ResponseCount& operator=(const ResponseCount&) = delete;

    [[nodiscard]] std::FILE* file() const { return file_; }
    [[nodiscard]] std::size_t responses() const { return responses_; }
    [[nodiscard]] std::size_t errors() const { return errors_; }

private:
    void look_at(std::string_view data);

    std::FILE* output_;
    std::FILE* file_;
    std::string line_;  // its beginning, until its end has come; at most max_response bytes
    std::size_t responses_ = 0;
    std::size_t errors_ = 0;
};

/// Whether the line is a response that has an error, or is none at all.
bool is_error(std::string_view line);

}  // namespace cookbook::cidr_manager
