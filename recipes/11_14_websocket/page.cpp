#include "page.hpp"

#include <openssl/evp.h>

#include <11_14_websocket/page_html.hpp>  // generated from page.html

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_01_http_client/message/basic_credentials.hpp"

namespace cookbook::websocket {
namespace {

/// The text between two others.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t first = text.find(begin) + begin.size();
    return text.substr(first, text.find(end, first) - first);
}

/// Names an inline script or style for a Content-Security-Policy: just this one may run.
std::string source_of(std::string_view text) {
    std::array<unsigned char, 32> digest;
    if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no SHA-256");
    }
    return "'sha256-" +
           http_client::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()}) +
           "'";
}

std::string policy_of(std::string_view html) {
    return "default-src 'none'; connect-src 'self'; script-src " +
           source_of(between(html, "<script>", "</script>")) + "; style-src " +
           source_of(between(html, "<style>", "</style>")) +
           "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

Page::Page(std::string_view html) : html_(html), policy_(policy_of(html)) {}

http::Response Page::response() const {
    http::Response response(http::status::ok, "text/html; charset=utf-8");
    response.add("Content-Security-Policy", policy_)
        .add("X-Content-Type-Options", "nosniff")
        .add("Referrer-Policy", "no-referrer")
        .add("Cache-Control", "no-cache");
    response.body = std::string(html_);
    return response;
}

http::Response page_response() {
    static const Page page(page_html);
    return page.response();
}

}  // namespace cookbook::websocket
