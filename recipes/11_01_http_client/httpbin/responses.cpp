// Resources whose responses have fields of the client's choice, or depend on its conditions.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/beast/core/string.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "field.hpp"
#include "inspection.hpp"
#include "number.hpp"
#include "resources.hpp"
#include "status.hpp"

namespace cookbook::http_client {
namespace {

using http::verb;

/// Whether the server alone may say it: it tells where a response ends.
bool is_framing(std::string_view name) {
    constexpr std::array<std::string_view, 4> names = {"Connection", "Content-Length", "Date",
                                                       "Transfer-Encoding"};
    return std::ranges::any_of(
        names, [name](std::string_view one) { return boost::beast::iequals(name, one); });
}

/// All fields of the response that has such fields, as JSON: under each name, however it is
/// spelled, all values of that field. Its own length is among them.
std::string list_fields(const Values& fields) {
    std::map<std::string_view, std::vector<std::string>, boost::beast::iless> by_name;
    by_name["Content-Type"].push_back("application/json");
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

http::Response response_headers(http::Request& request, const Parameters&) {
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
    boost::split(tags, found->second, boost::is_any_of(","));
    for (std::string& tag : tags) {
        boost::trim(tag);
        tag.erase(0, tag.starts_with("W/") ? 2 : 0);
        boost::trim_if(tag, boost::is_any_of("\""));
    }
    return tags;
}

bool holds(const std::vector<std::string>& tags, std::string_view tag) {
    return std::ranges::any_of(tags, [tag](const auto& one) { return one == tag || one == "*"; });
}

/// A resource that has the tag T (RFC 9110, 13.1). Sent without quotes, as httpbin sends it.
http::Response etag(http::Request& request, const Parameters& parameters) {
    const std::string_view tag = parameters.get("tag");
    const std::vector<std::string> if_none_match = tags_of(request, "If-None-Match");
    const std::vector<std::string> if_match = tags_of(request, "If-Match");
    const bool failed = if_none_match.empty() && !if_match.empty() && !holds(if_match, tag);
    if (failed) {
        return http::Response(http::status::precondition_failed);
    }
    http::Response response = holds(if_none_match, tag) ? http::Response(http::status::not_modified)
                                                        : json_response(describe(request));
    add_field(response, "ETag", tag);
    return response;
}

http::Response cache(http::Request& request, const Parameters& parameters) {
    const auto max_age = number_of<unsigned>(parameters, "n", 0);
    http::Response response = json_response(describe(request));
    response.add(http::field::cache_control, fmt::format("public, max-age={}", max_age));
    return response;
}

}  // namespace

void add_responses(Dispatcher& dispatcher) {
    dispatcher.add(verb::get, "/response-headers", response_headers);
    dispatcher.add(verb::post, "/response-headers", response_headers);
    dispatcher.add(verb::get, "/etag/{tag}", etag);
    dispatcher.add(verb::get, "/cache/{n}", cache);
}

}  // namespace cookbook::http_client
