// Resources whose responses have fields of the client's choice, or depend on its conditions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "11_01_http_client/message/split.hpp"
#include "common/http/grammar.hpp"
#include "field.hpp"
#include "inspection.hpp"
#include "number.hpp"
#include "resources.hpp"
#include "status.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using http::verb;
using http::grammar::same_name;

/// Whether the server alone may say it: it tells where a response ends.
bool is_framing(std::string_view name) {
    constexpr std::array<std::string_view, 4> names = {"Connection", "Content-Length", "Date",
                                                       "Transfer-Encoding"};
    return std::ranges::any_of(names,
                               [name](std::string_view one) { return same_name(name, one); });
}

/// All fields of the response that has such fields, as JSON: under each name, however it is
/// spelled, all values of that field. Its own length is among them.
std::string list_fields(const Values& fields) {
    std::map<std::string_view, std::vector<std::string>, boost::beast::iless> by_name;
    by_name["Content-Type"] = {"application/json"};
    std::set<std::string> spellings = {"Content-Type"};
    for (const auto& [name, values] : fields) {
        by_name[name].insert(by_name[name].end(), values.begin(), values.end());
        spellings.insert(name);
    }
    Values listed;
    for (const std::string& name : spellings) {
        listed[name] = by_name[name];
    }
    std::string text;
    std::size_t size = 0;
    do {  // until the length is right, which is a part of itself
        size = text.size();
        listed["Content-Length"] = {std::to_string(size)};
        text = to_json(listed) + "\n";
    } while (text.size() != size);
    return text;
}

http::Response send_fields(http::Request& request, const Parameters&) {
    const Values fields = args_of(request);
    http::Response response(http::status::ok, "application/json");
    for (const auto& [name, values] : fields) {
        if (is_framing(name)) {
            throw http::bad_request(name + " is the server's to set");
        }
        for (const std::string& value : values) {
            add_field(response, name, value);
        }
    }
    response.data() = list_fields(fields);
    return response;
}

/// The tags that a condition lists, without quotes and W/.
std::vector<std::string> tags_of(const http::Request& request, const std::string& field) {
    const auto headers = headers_of(request);
    const auto found = headers.find(field);
    if (found == headers.end() || found->second.empty()) {
        return {};
    }
    std::vector<std::string> tags;
    for (std::string_view rest = found->second; !rest.empty();) {
        std::string_view tag = trimmed(take_until(rest, ','));
        tag.remove_prefix(tag.starts_with("W/") ? 2 : 0);
        tags.push_back(boost::trim_copy_if(std::string(tag), boost::is_any_of("\"")));
    }
    return tags;
}

bool lists_tag(const std::vector<std::string>& tags, std::string_view tag) {
    return std::ranges::any_of(tags, [tag](const auto& one) { return one == tag || one == "*"; });
}

/// A resource that has the tag T (RFC 9110, 13.1). Sent without quotes, as httpbin sends it.
http::Response send_tagged(http::Request& request, const Parameters& parameters) {
    const std::string_view tag = parameters.get("tag");
    const std::vector<std::string> if_none_match = tags_of(request, "If-None-Match");
    const std::vector<std::string> if_match = tags_of(request, "If-Match");
    const bool failed = if_none_match.empty() && !if_match.empty() && !lists_tag(if_match, tag);
    if (failed) {
        return http::Response(http::status::precondition_failed);
    }
    http::Response response = lists_tag(if_none_match, tag)
                                  ? http::Response(http::status::not_modified)
                                  : json_response(describe(request));
    add_field(response, "ETag", tag);
    return response;
}

http::Response send_cacheable(http::Request& request, const Parameters& parameters) {
    const auto max_age = number_of<unsigned>(parameters, "seconds", 0);
    http::Response response = json_response(describe(request));
    response.add(http::field::cache_control, fmt::format("public, max-age={}", max_age));
    return response;
}

}  // namespace

void add_responses(const Register& add) {
    add(verb::get, "/response-headers", send_fields);
    add(verb::post, "/response-headers", send_fields);
    add(verb::get, "/etag/{tag}", send_tagged);
    add(verb::get, "/cache/{seconds}", send_cacheable);
}

}  // namespace cookbook::http_client::httpbin
