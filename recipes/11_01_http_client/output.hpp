// What the client shows of responses.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "common/cli/new_file.hpp"
#include "message/response.hpp"
#include "message/text.hpp"

namespace cookbook::http_client {

/// Writes the bodies of responses to stdout or into a new file, one after the other, and tells how
/// far it is, if that file is written and stderr is a terminal.
class Output final : public BodySink {
public:
    struct Rules {
        std::optional<std::filesystem::path> file;  // instead of stdout
        bool with_head;       // before each body the status line and the fields, as they came
        bool as_text;         // bodies as UTF-8
        bool without_errors;  // no body if the status is 400 or above
    };

    /// Throws std::system_error, "write PATH: reason", as the others do.
    explicit Output(Rules rules);
    ~Output() override;
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void begin(const Response& head) override;
    asio::awaitable<bool> write(std::string_view data) override;
    /// A body has ended.
    void finish();
    /// All is there: the file takes its place.
    void commit();

private:
    void put(std::string_view data);
    void show_progress();
    void clear_progress();

    const Rules rules_;
    std::optional<NewFile> file_;
    const bool shows_progress_;
    std::optional<TextDecoder> decoder_;
    bool skips_body_ = false;
    std::string total_;  // " of 123", if the length is known
    std::uint64_t size_ = 0;
    asio::steady_timer::time_point shown_ = {};
};

/// One line of JSON: status, reason, url, history, headers, elapsed.
[[nodiscard]] std::string summary(const Response& response);

}  // namespace cookbook::http_client
