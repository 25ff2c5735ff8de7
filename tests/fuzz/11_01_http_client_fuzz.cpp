// 11.1 HTTP client: whatever bytes a server sends, they mean the same however the network cuts
// them, and what is refused is refused. URLs, cookies and their file, and coded bodies, too.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "11_01_http_client/cookies/cookie_file.hpp"
#include "11_01_http_client/message/percent_encoding.hpp"
#include "11_01_http_client/message/url.hpp"
#include "11_01_http_client/wire/content_coding.hpp"
#include "11_01_http_client/wire/response_parser.hpp"

using namespace cookbook::http_client;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// What a response came to, as text.
std::string parse_response(std::string_view bytes, std::size_t segment, InResponseTo request) {
    using Progress = ResponseParser::Progress;
    Response response;
    ResponseParser parser(response, request);
    std::string body;
    std::string_view arrived;
    Progress progress = Progress::needs_more;
    while (progress != Progress::done && progress != Progress::failed) {
        progress = parser.parse(arrived);
        require(parser.used() <= arrived.size() && parser.data().size() <= parser.used());
        require(progress != Progress::data || !parser.data().empty());
        arrived.remove_prefix(parser.used());
        body += parser.data();
        if (progress == Progress::needs_more && bytes.empty()) {
            progress = parser.finish();
        } else if (progress == Progress::needs_more) {
            require(arrived.empty());
            arrived = bytes.substr(0, segment);
            bytes.remove_prefix(arrived.size());
        }
    }
    if (progress == Progress::failed) {
        return parser.error().message();
    }
    require(response.status >= 200 && response.status <= 999);
    require(response.fields.size() <= HeadParser::max_fields);
    for (const Field field : response.fields) {
        require(!field.name.empty() && field.value.find_first_of("\r\n") == field.value.npos);
        require(response.fields.contains(field.name));
    }
    return response.status_line + '\n' + response.fields.text() +
           std::to_string(parser.keep_alive()) + std::to_string(response.reason().size()) + body +
           '\n' + std::string(arrived) + std::string(bytes);
}

void fuzz_response(std::string_view input, std::size_t choice) {
    constexpr std::array requests = {InResponseTo::any, InResponseTo::any, InResponseTo::head,
                                     InResponseTo::connect};
    const InResponseTo request = requests[choice % requests.size()];
    const std::size_t segment = choice / requests.size() % 32 + 1;
    require(parse_response(input, input.size() + 1, request) ==
            parse_response(input, segment, request));
}

/// A URL that was taken is sent as it is shown, and means the same when it is parsed again.
void check_url(const Url& url) {
    Url public_part = url;
    public_part.credentials.reset();
    require(parse_url(to_string(url)).value() == public_part);
    require(url.path.starts_with('/') && to_string(url).find(' ') == std::string::npos);
    require(url.origin.host.find_first_of("/?#@[]\\%") == std::string::npos);
    require(!has_control(to_string(url)) && !has_control(host_field(url.origin)));
    const std::string path = url.path + '/';
    require(path.find("/./") == path.npos && path.find("/../") == path.npos);
}

void fuzz_url(std::string_view input) {
    if (const auto url = parse_url(input)) {
        check_url(*url);
    }
    const Url base = parse_url("https://u:p@h.example:8443/a/b;c?d#e").value();
    if (const auto url = resolve(base, input)) {
        check_url(*url);
    }
}

/// What a jar sends could stand in a request, and lies within the limits.
void check_jar(CookieJar& jar, const Url& url) {
    const std::string field = jar.field_for(url, CookieTime());
    require(field.size() <= CookieJar::max_field && !has_control(field));
    const std::vector<Cookie> cookies = jar.cookies(CookieTime());
    require(cookies.size() <= CookieJar::max_of_a_domain * 4);
    require(std::ranges::all_of(cookies, is_acceptable));
    // Those that are kept come back from the file as they were.
    std::vector<Cookie> kept;
    std::ranges::copy_if(cookies, std::back_inserter(kept),
                         [](const Cookie& cookie) { return cookie.expires > CookieTime(); });
    require(parse_cookie_file(format_cookie_file(kept)) == kept);
}

/// Each line of the input is a Set-Cookie from one of four servers.
void fuzz_cookies(std::string_view input) {
    static const std::array servers = {parse_url("https://b.a.example.com/p/q").value(),
                                       parse_url("http://a.example.com/").value(),
                                       parse_url("http://a.co.uk./p").value(),
                                       parse_url("http://127.0.0.1/").value()};
    CookieJar jar;
    for (std::size_t i = 0; !input.empty(); ++i) {
        const std::size_t end = std::min(input.find('\n'), input.size());
        const Url& server = servers[i % servers.size()];
        jar.take(server, input.substr(0, end), CookieTime());
        input.remove_prefix(std::min(end + 1, input.size()));
        for (const Cookie& cookie : jar.cookies(CookieTime())) {
            require(std::ranges::any_of(servers, [&](const Url& from) {
                return domain_matches(from.origin.host, cookie.domain);
            }));
            require(cookie.domain != "com" && cookie.domain != "co.uk.");
        }
    }
    std::ranges::for_each(servers, [&](const Url& url) { check_jar(jar, url); });
}

void fuzz_cookie_file(std::string_view input) {
    CookieJar jar;
    for (const Cookie& cookie : parse_cookie_file(input)) {
        jar.add(cookie, CookieTime());
    }
    require(jar.cookies(CookieTime()).size() <= CookieJar::max_cookies);
    require(
        !has_control(jar.field_for(parse_url("https://a.example.com/p").value(), CookieTime())));
}

/// What a body becomes; nothing of it is more than allowed.
std::string decode_body(std::string_view bytes, std::string_view coding, std::size_t segment) {
    constexpr std::uint64_t max_size = 100'000;
    auto decoder = ContentDecoder::make({&coding, 1}, max_size).value();
    std::string body;
    while (!bytes.empty()) {
        const std::string_view arrived = bytes.substr(0, segment);
        decoder.push(arrived);
        bytes.remove_prefix(arrived.size());
        auto piece = decoder.take();
        for (; piece && !piece->empty(); piece = decoder.take()) {
            require(piece->size() <= Inflater::max_piece);
            body += *piece;
        }
        if (!piece) {
            return "refused";  // which of two mistakes comes first may depend on the cuts
        }
    }
    require(body.size() <= max_size);
    return decoder.finish() ? body : "refused";
}

void fuzz_coding(std::string_view input, std::size_t choice) {
    constexpr std::array codings = {"gzip", "deflate", "gzip, deflate", "deflate, gzip, deflate"};
    const std::string_view coding = codings[choice % codings.size()];
    const std::size_t segment = choice / codings.size() % 32 + 1;
    require(decode_body(input, coding, input.size() + 1) == decode_body(input, coding, segment));
    const std::string coded = deflate(deflate(input, Wrapping::gzip), Wrapping::deflate);
    require(decode_body(coded, "gzip, deflate", segment) == input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    switch (data[0] % 5) {
        case 0:
            fuzz_url(input);
            break;
        case 1:
            fuzz_cookies(input);
            break;
        case 2:
            fuzz_cookie_file(input);
            break;
        case 3:
            fuzz_coding(input, data[1]);
            break;
        default:
            fuzz_response(input, data[1]);
    }
    return 0;
}
