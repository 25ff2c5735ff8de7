// Resources that are sent compressed, whether or not the client has asked for it.
#include "11_01_http_client/wire/content_coding.hpp"

#include <string>
#include <string_view>

#include "inspection.hpp"
#include "resources.hpp"

namespace cookbook::http_client::httpbin {
namespace {

/// `flag` says in the JSON which coding it was.
http::Response send_coded(const http::Request& request, const std::string& flag,
                          std::string_view coding, Wrapping wrapping) {
    Members members = describe(request);
    members.erase("args");
    members.erase("url");
    members.emplace("method", to_json(request.method_name));
    members.emplace(flag, "true");
    http::Response response = json_response(members);
    response.add(http::field::content_encoding, coding);
    response.data() = deflate(response.data(), wrapping);
    return response;
}

http::Response send_gzip(http::Request& request, const Parameters&) {
    return send_coded(request, "gzipped", "gzip", Wrapping::gzip);
}

http::Response send_deflate(http::Request& request, const Parameters&) {
    return send_coded(request, "deflated", "deflate", Wrapping::deflate);
}

}  // namespace

void add_codings(const Register& add) {
    add(http::verb::get, "/gzip", send_gzip);
    add(http::verb::get, "/deflate", send_deflate);
}

}  // namespace cookbook::http_client::httpbin
