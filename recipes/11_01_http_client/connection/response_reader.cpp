#include "response_reader.hpp"

#include "11_10_tls/error.hpp"

namespace cookbook::http_client {

using Progress = ResponseParser::Progress;

ResponseReader::ResponseReader(Connection& connection, Response& response, InResponseTo kind,
                               SilenceLimit& limit)
    : connection_(connection), limit_(limit), parser_(response, kind) {}

asio::awaitable<void> ResponseReader::read_head() {
    co_await next();  // Progress::head
}

asio::awaitable<bool> ResponseReader::read_body(BodySink& sink) {
    for (;;) {
        const Progress progress = co_await next();
        if (progress == Progress::done) {
            co_return true;
        }
        const bool wants_more = co_await sink.write(parser_.data());
        if (!wants_more) {
            co_return false;
        }
    }
}

/// Parses what has been received, and receives more, until there is something to report.
asio::awaitable<Progress> ResponseReader::next() {
    Progress progress = Progress::needs_more;
    while (progress == Progress::needs_more) {
        progress = parser_.parse(connection_.received());
        connection_.consume(parser_.used());
        if (progress == Progress::needs_more) {
            progress = co_await receive();
        }
    }
    if (progress == Progress::failed) {
        throw boost::system::system_error(parser_.error());
    }
    co_return progress;
}

asio::awaitable<Progress> ResponseReader::receive() {
    limit_.on_progress();
    const error_code error = co_await connection_.receive();
    if (!error) {
        co_return Progress::needs_more;
    }
    // TLS without a close_notify: a body that ends with the connection may have lost its end. What
    // has another end, has not come to it.
    const bool is_end = error == asio::error::eof || error == tls::Error::stream_truncated;
    const bool may_be_cut = error != asio::error::eof && parser_.ends_with_connection();
    if (!is_end || may_be_cut) {
        throw boost::system::system_error(error);
    }
    co_return parser_.finish();
}

}  // namespace cookbook::http_client
