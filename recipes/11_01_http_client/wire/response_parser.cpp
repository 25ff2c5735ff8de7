#include "response_parser.hpp"

#include <algorithm>
#include <optional>

#include "common/http/grammar.hpp"
#include "framing.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;
namespace grammar = http::grammar;

constexpr std::string_view version_begin = "HTTP/1.";

bool is_space(char c) {
    return c == ' ' || c == '\t';
}

bool is_digit(char c) {
    return '0' <= c && c <= '9';
}

std::string_view without_spaces_before(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

}  // namespace

ResponseParser::ResponseParser(Response& response, InResponseTo request)
    : response_(response), request_(request) {}

ResponseParser::Progress ResponseParser::parse(std::string_view bytes) {
    used_ = 0;
    data_ = {};
    begun_ = begun_ || !bytes.empty();
    if (state_ == State::status_line) {
        constexpr std::size_t usual_head = 2048;
        response_.fields.reserve(std::min(bytes.size(), usual_head));
    }
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
        case State::sized:
        case State::chunk_data:
        case State::to_end:
            return parse_data(bytes);
        default:
            return parse_line(bytes);
    }
}

/// Takes the next line, or what there is of it.
ResponseParser::Progress ResponseParser::parse_line(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    const bool is_whole = end != bytes.npos;
    used_ += piece.size() + (is_whole ? 1 : 0);
    const bool in_pieces = !is_whole || !line_.empty();
    if (in_pieces) {
        line_ += piece;
    }
    std::string_view line = in_pieces ? std::string_view(line_) : piece;
    if (const Error error = find_excess(line); error != Error{}) {
        return fail(error);
    }
    if (!is_whole) {
        return Progress::needs_more;
    }
    if (state_ != State::chunk_line && state_ != State::chunk_end) {
        head_size_ += line.size() + 1;
    }
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    const Progress progress = on_line(line);
    line_.clear();
    return progress;
}

/// What is wrong with a line already, whole or not: it would grow for ever, or hide for long that
/// the peer speaks another protocol.
Error ResponseParser::find_excess(std::string_view line) const {
    switch (state_) {
        case State::status_line:
            if (line.substr(0, version_begin.size()) != version_begin.substr(0, line.size())) {
                return Error::no_status_line;
            }
            [[fallthrough]];
        case State::fields:
        case State::trailers:
            return head_size_ + line.size() >= max_head ? Error::head_too_large : Error{};
        case State::chunk_line:
            return line.size() > max_chunk_line ? Error::chunk_line_too_long : Error{};
        default:  // chunk_end
            return line.empty() || line == "\r" ? Error{} : Error::bad_chunk;
    }
}

ResponseParser::Progress ResponseParser::on_line(std::string_view line) {
    switch (state_) {
        case State::status_line:
            return on_status_line(line);
        case State::chunk_line:
            return on_chunk_line(line);
        case State::chunk_end:
            state_ = State::chunk_line;
            return Progress::needs_more;
        default:  // fields or trailers
            return line.empty() ? on_empty_line() : on_field_line(line);
    }
}

ResponseParser::Progress ResponseParser::on_status_line(std::string_view line) {
    constexpr std::size_t version_size = version_begin.size() + 1;
    constexpr std::size_t status_size = 3;
    if (line.size() < version_size || !is_digit(line[version_size - 1]) ||
        line.find('\0') != line.npos) {
        return fail(Error::no_status_line);
    }
    const std::string_view rest = line.substr(version_size);
    const std::string_view status = without_spaces_before(rest);
    std::string_view after = status;
    const std::optional<std::uint64_t> number = take_size(after, 10);
    const bool separated = status.size() < rest.size() && (after.empty() || is_space(after[0]));
    if (!separated || status.size() - after.size() != status_size || number < 100) {
        return fail(Error::bad_status);
    }
    response_.status = static_cast<unsigned>(*number);
    response_.status_line = line;
    std::ranges::replace(response_.status_line, '\r', ' ');
    response_.fields.clear();
    state_ = State::fields;
    return Progress::needs_more;
}

/// A line of the head, or of the trailers, which are dropped.
ResponseParser::Progress ResponseParser::on_field_line(std::string_view line) {
    const bool is_folded = is_space(line[0]);
    const std::size_t colon = line.find(':');
    fields_ += is_folded ? 0 : 1;
    const bool is_field =
        is_folded ? fields_ > 0 : colon != line.npos && grammar::is_token(line.substr(0, colon));
    if (!is_field || line.find('\0') != line.npos) {
        return fail(Error::bad_field);
    }
    if (fields_ > max_fields) {
        return fail(Error::head_too_large);
    }
    if (state_ == State::fields) {
        is_folded ? response_.fields.append_folded(line)
                  : response_.fields.append_line(line, colon);
    }
    return Progress::needs_more;
}

ResponseParser::Progress ResponseParser::on_empty_line() {
    head_size_ = 0;
    fields_ = 0;
    if (state_ == State::trailers) {
        state_ = State::done;
        return Progress::done;
    }
    if (response_.status >= 200) {
        return begin_body();
    }
    // An interim response: another one follows (RFC 9110, 15.2).
    if (response_.status == 101) {
        return fail(Error::unasked_upgrade);
    }
    if (++interim_ > max_interim) {
        return fail(Error::too_many_interim);
    }
    state_ = State::status_line;
    return Progress::needs_more;
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
        if (same_name(field.name, "Transfer-Encoding") && !framing.add_coding(field.value)) {
            return fail(Error::bad_transfer_coding);
        }
        if (same_name(field.name, "Content-Length") && !framing.add_length(field.value)) {
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

ResponseParser::Progress ResponseParser::fail(Error error) {
    state_ = State::failed;
    error_ = error;
    return Progress::failed;
}

}  // namespace cookbook::http_client
