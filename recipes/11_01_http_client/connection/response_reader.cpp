#include "response_reader.hpp"

#include "11_10_tls/error.hpp"

namespace cookbook::http_client {

ResponseReader::ResponseReader(Connection& connection, Response& response, InResponseTo kind,
                               SilenceLimit& limit)
    : connection_(connection), limit_(limit), parser_(response, kind) {}

ResponseParser::Progress ResponseReader::parse() {
    const ResponseParser::Progress progress = parser_.parse(connection_.received());
    connection_.consume(parser_.used());
    if (progress == ResponseParser::Progress::failed) {
        throw boost::system::system_error(parser_.error());
    }
    return progress;
}

asio::awaitable<Stream::Transferred> ResponseReader::read_some() {
    limit_.on_progress();
    return connection_.read_some();
}

void ResponseReader::finish_read(Stream::Transferred transferred) {
    const error_code error = connection_.finish_read(transferred);
    if (!error) {
        return;
    }
    // TLS without a close_notify: a body that ends with the connection may have lost its end. What
    // has another end, has not come to it.
    const bool is_end = error == asio::error::eof || error == tls::Error::stream_truncated;
    const bool may_be_cut = error != asio::error::eof && parser_.ends_with_connection();
    if (!is_end || may_be_cut) {
        throw boost::system::system_error(error);
    }
    parser_.finish();  // the next parse() says what that makes of the response
}

}  // namespace cookbook::http_client
