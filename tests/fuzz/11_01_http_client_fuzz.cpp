// 11.1 HTTP client: whatever bytes a server sends, they mean the same however the network cuts
// them, and what is refused is refused.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

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
    require(response.fields.size() <= ResponseParser::max_fields);
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 0) {
        const std::string_view input(reinterpret_cast<const char*>(data), size);
        fuzz_response(input.substr(1), data[0]);
    }
    return 0;
}
