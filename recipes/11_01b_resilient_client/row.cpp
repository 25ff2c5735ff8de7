#include "row.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "11_01_http_client/message/text.hpp"
#include "11_01_http_client/message/url.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::resilient_client {
namespace {

std::string in_json(std::string_view text) {
    const std::string utf8 =
        is_utf8(text) ? std::string(text) : http_client::to_utf8(text, "; charset=iso-8859-1");
    return boost::json::serialize(boost::json::string(utf8));
}

std::string sha256(std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("EVP_Digest");
    }
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        fmt::format_to(std::back_inserter(text), "{:02x}", digest[i]);
    }
    return text;
}

std::string_view name_of(CacheUse use) {
    switch (use) {
        case CacheUse::hit:
            return "hit";
        case CacheUse::revalidated:
            return "revalidated";
        case CacheUse::stale:
            return "stale";
        default:
            return "miss";
    }
}

/// What may be shown of a URL. Of a malformed one nobody can say where a password ends.
std::string without_password(const std::string& text) {
    if (const auto url = http_client::parse_url(text)) {
        return url->credentials ? to_string(*url) : text;
    }
    const std::size_t at = text.rfind('@');
    return at == text.npos ? text : text.substr(at + 1);
}

double in_seconds(std::chrono::steady_clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

std::string row(const std::string& url, const Result& result,
                std::chrono::steady_clock::duration elapsed, bool with_body) {
    const std::string shown = in_json(without_password(url));
    if (!result) {
        return fmt::format(R"({{"url": {}, "error": {}, "attempts": {}}})", shown,
                           in_json(result.error().reason), result.error().attempts);
    }
    const std::string body = with_body ? ", \"body\": " + in_json(result->text()) : "";
    return fmt::format(R"({{"url": {}, "status": {}, "attempts": {}, "cache": "{}", "bytes": {}, )"
                       R"("sha256": "{}", "elapsed": {:.6f}{}}})",
                       shown, result->status, result->attempts, name_of(result->cache),
                       result->content.size(), sha256(result->content), in_seconds(elapsed), body);
}

std::string summary(const Statistics& statistics, std::chrono::steady_clock::duration elapsed) {
    return fmt::format(R"({{"requests": {}, "connections": {}, "retries": {}, "hits": {}, )"
                       R"("revalidated": {}, "opened": {}, "elapsed": {:.6f}}})",
                       statistics.requests, statistics.connections, statistics.retries,
                       statistics.hits, statistics.revalidated, statistics.opened,
                       in_seconds(elapsed));
}

}  // namespace cookbook::resilient_client
