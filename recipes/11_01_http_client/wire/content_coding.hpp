// Content codings (RFC 9110, 8.4.1): what was done to a body so that it travels lighter.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inflater.hpp"

namespace cookbook::http_client {

/// The value of Accept-Encoding for what a ContentDecoder undoes.
inline constexpr std::string_view accepted_codings = "gzip, deflate";

/// Undoes the content codings of one body as it comes: gzip, x-gzip, deflate, identity. For each
/// push(), take() until it returns nothing; finish() at the end. An empty body of any coding is
/// empty.
class ContentDecoder {
public:
    static constexpr std::size_t max_codings = 5;

    /// `codings` are the values of the fields Content-Encoding, in their order: the last coding
    /// named was the last to be applied. None is identity. `max_size` is for the decoded body; on
    /// the way to it, no more than twice as much and 64 KiB are taken. Errors: unknown_coding,
    /// too_many_codings.
    static boost::system::result<ContentDecoder> make(std::span<const std::string_view> codings,
                                                      std::uint64_t max_size);

    /// More of the body; to live until take() has returned an empty piece.
    void push(std::string_view bytes) noexcept { input_ = bytes; }

    /// The next piece of the decoded body, of at most 64 KiB if it was coded; empty if it takes
    /// more input. Valid until the next call. Errors: bad_coding, body_too_large.
    boost::system::result<std::string_view> take();

    /// Whether the body may end here. The error is bad_coding.
    [[nodiscard]] boost::system::result<void> finish() const;

private:
    explicit ContentDecoder(std::uint64_t max_size) : max_size_(max_size) {}
    boost::system::result<std::string_view> take_from(std::size_t stage);

    std::uint64_t max_size_;
    std::uint64_t size_ = 0;
    std::string_view input_;
    std::vector<Inflater> stages_;  // the first undoes the coding that was applied last
};

/// `data` in gzip's format, or in zlib's, which HTTP calls deflate. Throws std::length_error if
/// they are 4 GiB or more.
[[nodiscard]] std::string deflate(std::string_view data, Wrapping wrapping);

}  // namespace cookbook::http_client
