#include "response_parser.hpp"

#include <algorithm>
#include <optional>

#include "common/http/grammar.hpp"
#include "framing.hpp"

namespace cookbook::http_client {
namespace {

namespace grammar = http::grammar;

std::string_view without_spaces_before(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

}  // namespace

ResponseParser::ResponseParser(Response& response, InResponseTo request)
    : response_(response), request_(request), head_(response) {}

ResponseParser::Progress ResponseParser::parse(std::string_view bytes) {
    used_ = 0;
    data_ = {};
    begun_ = begun_ || !bytes.empty();
    for (;;) {
        const Progress progress = step(bytes.substr(used_));
        if (progress != Progress::needs_more || used_ == bytes.size()) {
            return progress;
        }
    }
}

ResponseParser::Progress ResponseParser::finish() {
    if (state_ == State::to_end) {
        state_ = State::done;
    }
    if (state_ == State::done) {
        return Progress::done;
    }
    return fail(begun_ ? Error::cut_short : Error::no_response);
}

ResponseParser::Progress ResponseParser::step(std::string_view bytes) {
    switch (state_) {
        case State::done:
            return Progress::done;
        case State::failed:
            return Progress::failed;
        case State::head:
        case State::trailers:
            return parse_head(bytes);
        case State::chunk_line:
        case State::chunk_end:
            return parse_chunk_line(bytes);
        default:
            return parse_data(bytes);
    }
}

/// The head, or the trailers.
ResponseParser::Progress ResponseParser::parse_head(std::string_view bytes) {
    const std::size_t size = bytes.size();
    const auto is_whole = head_.take(bytes);
    used_ += size - bytes.size();
    if (!is_whole) {
        return fail(is_whole.error());
    }
    if (!*is_whole) {
        return Progress::needs_more;
    }
    if (state_ == State::head) {
        head_.expect_trailers();
        return begin_body();
    }
    state_ = State::done;
    return Progress::done;
}

ResponseParser::Progress ResponseParser::begin_body() {
    keep_alive_ = asks_to_keep_alive(response_);
    // [step 1] Tell from status and fields where the body ends.
    const bool to_connect = request_ == InResponseTo::connect && response_.status / 100 == 2;
    if (to_connect || request_ == InResponseTo::head || response_.status == 204 ||
        response_.status == 304) {
        state_ = State::done;
        return Progress::head;
    }
    Framing framing;
    for (const Field field : response_.fields) {
        if (grammar::same_name(field.name, "Transfer-Encoding") &&
            !framing.add_coding(field.value)) {
            return fail(Error::bad_transfer_coding);
        }
        if (grammar::same_name(field.name, "Content-Length") && !framing.add_length(field.value)) {
            return fail(Error::bad_length);
        }
    }
    // Chunks beat a length. But who says both, or chunks in HTTP/1.0, may have taken the end of
    // another response for the end of this one (RFC 9112, 6.1).
    if (framing.chunked) {
        state_ = State::chunk_line;
        keep_alive_ = keep_alive_ && !framing.length && !is_http_1_0(response_);
    } else if (framing.length) {
        state_ = *framing.length > 0 ? State::sized : State::done;
        remaining_ = *framing.length;
    } else {
        state_ = State::to_end;
        keep_alive_ = false;
    }
    // [end]
    return Progress::head;
}

ResponseParser::Progress ResponseParser::parse_data(std::string_view bytes) {
    if (bytes.empty()) {
        return Progress::needs_more;
    }
    // [step 1] Pass on what belongs to the body, and know where it ends.
    if (state_ == State::to_end) {
        data_ = bytes;
    } else {
        data_ = bytes.substr(0, std::min<std::uint64_t>(remaining_, bytes.size()));
        remaining_ -= data_.size();
        if (remaining_ == 0) {
            state_ = state_ == State::sized ? State::done : State::chunk_end;
        }
    }
    used_ += data_.size();
    // [end]
    return Progress::data;
}

/// The line before a chunk, or the end of the one behind it.
ResponseParser::Progress ResponseParser::parse_chunk_line(std::string_view bytes) {
    const std::size_t size = bytes.size();
    const auto [line, is_whole] = lines_.take(bytes);
    used_ += size - bytes.size();
    if (line.size() > max_chunk_line) {
        return fail(Error::chunk_line_too_long);
    }
    if (state_ == State::chunk_end && !line.empty() && line != "\r") {
        return fail(Error::bad_chunk);
    }
    if (!is_whole) {
        return Progress::needs_more;
    }
    if (state_ == State::chunk_line) {
        return on_chunk_line(without_cr(line));
    }
    state_ = State::chunk_line;
    return Progress::needs_more;
}

ResponseParser::Progress ResponseParser::on_chunk_line(std::string_view line) {
    // [step 1] Read how large the next chunk is.
    const std::optional<std::uint64_t> size = take_size(line, 16);
    line = without_spaces_before(line);
    const bool is_extension = line.empty() || line[0] == ';';
    if (!size || !is_extension || !grammar::is_field_value(line)) {
        return fail(Error::bad_chunk);
    }
    state_ = *size > 0 ? State::chunk_data : State::trailers;
    remaining_ = *size;
    // [end]
    return Progress::needs_more;
}

ResponseParser::Progress ResponseParser::fail(boost::system::error_code error) {
    state_ = State::failed;
    error_ = error;
    return Progress::failed;
}

}  // namespace cookbook::http_client
