// Beast's parser of HTTP/1 messages, and what it lacks for a server that faces strangers. No I/O.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/async/asio.hpp"

namespace cookbook::http {

/// Beast's parser with its gaps closed (Boost 1.81 to 1.88):
///  - HTTP/1.2 and later minor versions are read as HTTP/1.1 (RFC 9110, 2.5); Beast refuses them;
///  - a folded field is an error (RFC 9112, 5.2); Beast unfolds it;
///  - control characters in a chunk's extensions are an error, and `max_extensions` bytes of them
///    in all are the limit; Beast takes any byte within quotes, a line feed too;
///  - fewer bytes than the shortest last chunk fail no assertion.
/// A derived class gets what has been parsed: the request line by Beast's on_request_impl(), the
/// fields by on_field().
class BeastParser : public boost::beast::http::basic_parser<true> {
public:
    explicit BeastParser(std::size_t max_extensions);

    /// Parses up to the end of the head, or more of the body up to the next piece of its data();
    /// `error` is need_more if that has not come yet, or says what is wrong.
    /// A head must be parsed from its beginning each time, with a new parser.
    void parse(std::string_view bytes, error_code& error);

    /// The same with a body, all its pieces up to one that is not empty.
    void parse_body(std::string_view bytes, error_code& error);

    /// How many of its bytes the last call has used up.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    /// The data of the body that the last call has met, or nothing.
    [[nodiscard]] std::string_view data() const noexcept { return data_; }

protected:
    /// One field of the head. Its views point into the bytes parsed.
    virtual void on_field(boost::beast::http::field id, std::string_view name,
                          std::string_view value, error_code& error) = 0;

private:
    std::size_t parse_as_http_1_1(std::string_view bytes, error_code& error);

    void on_field_impl(boost::beast::http::field, boost::beast::string_view,
                       boost::beast::string_view, error_code&) final;
    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, error_code&) final;
    std::size_t on_body_impl(boost::beast::string_view, error_code&) final;
    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view, error_code&) final;
    void on_response_impl(int, boost::beast::string_view, int, error_code&) final {}
    void on_header_impl(error_code&) final {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) final {}
    void on_finish_impl(error_code&) final {}

    const std::size_t max_extensions_;
    std::size_t extensions_size_ = 0;
    std::string request_line_;   // the one that replaces that of an HTTP/1.2
    const char* end_ = nullptr;  // of the bytes at hand
    std::size_t used_ = 0;
    std::string_view data_;
    bool in_chunk_header_ = false;
};

/// The version that a request line ends in, "HTTP/1.2"; empty if the line has not ended yet, or
/// ends in no version.
[[nodiscard]] std::string_view version_of(std::string_view bytes) noexcept;

}  // namespace cookbook::http
