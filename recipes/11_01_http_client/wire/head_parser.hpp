// The head of a response, and the trailers behind its chunks (RFC 9112, 4, 5 and 7.1.2). Pure.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string_view>

#include "11_01_http_client/message/error.hpp"
#include "11_01_http_client/message/response.hpp"
#include "line_buffer.hpp"

namespace cookbook::http_client {

/// Parses a status line and fields up to the empty line. Interim responses (1xx) are passed over.
class HeadParser {
public:
    static constexpr std::size_t max_size = std::size_t{256} << 10U;  // of trailers, too
    static constexpr std::size_t max_fields = 1000;
    static constexpr std::size_t max_interim = 20;

    /// `response` gets the head, and must outlive the parser.
    explicit HeadParser(Response& response) : response_(response) {}

    /// Takes off the front of `bytes` what belongs to the head: all of them, unless it is whole, or
    /// malformed. Returns whether it is whole.
    boost::system::result<bool> take(std::string_view& bytes);

    /// The head is whole, and trailers are next: they are checked, and dropped.
    void expect_trailers() noexcept { expected_ = Expected::trailer; }

private:
    enum class Expected { status_line, field, trailer };

    [[nodiscard]] Error find_excess(std::string_view line) const;
    boost::system::result<bool> on_line(std::string_view line);
    boost::system::result<bool> on_status_line(std::string_view line);
    boost::system::result<bool> on_field_line(std::string_view line);
    boost::system::result<bool> on_empty_line();

    Response& response_;
    Expected expected_ = Expected::status_line;
    LineBuffer lines_;
    std::size_t size_ = 0;     // of the head, or the trailers, so far
    std::size_t fields_ = 0;   // of them
    std::size_t interim_ = 0;  // responses passed over
};

}  // namespace cookbook::http_client
