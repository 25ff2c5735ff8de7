#include "error.hpp"

#include <boost/system/system_error.hpp>
#include <string>

namespace cookbook::http_client {
namespace {

class HttpCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "http"; }
    [[nodiscard]] std::string message(int value) const override {
        return words(static_cast<Error>(value));
    }

private:
    static const char* words(Error error) {
        switch (error) {
            case Error::no_status_line:
                return "malformed response: no status line of HTTP/1";
            case Error::bad_status:
                return "malformed response: the status is not three digits from 100";
            case Error::bad_field:
                return "malformed response: a line of its head is not a field";
            case Error::bad_length:
                return "malformed response: Content-Length is not one number";
            case Error::bad_transfer_coding:
                return "malformed response: a transfer coding that is not chunked";
            case Error::bad_chunk:
                return "malformed response: a chunk without a size, or with more than its size";
            case Error::unasked_upgrade:
                return "malformed response: 101 to a request that asks for no other protocol";
            case Error::too_many_interim:
                return "malformed response: too many interim responses";
            case Error::head_too_large:
                return "malformed response: its head or its trailers are too large";
            case Error::chunk_line_too_long:
                return "malformed response: the line of a chunk's size is too long";
            case Error::no_response:
                return "the server closed the connection without a response";
            case Error::cut_short:
                return "the server closed the connection in the middle of the response";
            case Error::body_too_large:
                return "the body is larger than allowed";
            case Error::unknown_coding:
                return "the body has a content coding that is not known here";
            case Error::too_many_codings:
                return "the body has too many content codings";
            case Error::bad_coding:
                return "the body is not in the content coding that its head names";
            case Error::too_many_redirects:
                return "too many redirects";
            case Error::bad_redirect:
                return "a redirect to a URL that is not http or https";
            case Error::cannot_repeat:
                return "the body would have to be sent again, and cannot be read again";
            case Error::proxy_refused:
                return "the proxy refused the tunnel";
            case Error::proxy_said_more:
                return "the proxy sent data of its own into the tunnel";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& http_category() noexcept {
    static const HttpCategory category;
    return category;
}

boost::system::error_code make_error_code(Error error) noexcept {
    return {static_cast<int>(error), http_category()};
}

std::error_code code_of(const std::exception& failure) {
    if (const auto* error = dynamic_cast<const boost::system::system_error*>(&failure)) {
        return error->code();
    }
    if (const auto* error = dynamic_cast<const std::system_error*>(&failure)) {
        return error->code();
    }
    return {};
}

}  // namespace cookbook::http_client
