// What the client shows of responses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "message/response.hpp"
#include "new_file.hpp"

namespace cookbook::http_client {

/// Writes the bodies of responses to stdout or into a new file, one after the other, and tells how
/// far it is, if that file is written and stderr is a terminal.
class Output final : public BodySink {
public:
    /// `with_head`: before each body the status line and the fields, as they came. `max_status`:
    /// bodies of responses above it are not written. Throws std::system_error, "write PATH:
    /// reason", as the others do.
    Output(const std::optional<std::filesystem::path>& file, bool with_head, unsigned max_status);
    ~Output() override;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void begin(const Response& head) override;
    asio::awaitable<bool> write(std::string_view data) override;
    /// Shows a response whose body was kept.
    void show(const Response& response, std::string_view body);
    /// All is there: the file takes its place.
    void commit();

private:
    void put(std::string_view data);
    void show_progress();
    void clear_progress();

    std::optional<NewFile> file_;
    const bool with_head_;
    const unsigned max_status_;
    const bool shows_progress_;
    bool skips_body_ = false;
    std::string total_;  // " of 123", if the length is known
    std::uint64_t size_ = 0;
    asio::steady_timer::time_point shown_ = {};
};

/// One line of JSON: status, reason, url, history, headers, elapsed.
[[nodiscard]] std::string summary(const Response& response);

}  // namespace cookbook::http_client
