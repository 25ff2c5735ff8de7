#include "client.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <stdexcept>

#include "11_01_http_client/session.hpp"
#include "11_05b_rest_api/client.hpp"
#include "11_05b_rest_api/digest.hpp"
#include "common/net/utf8.hpp"
#include "data_folder.hpp"

namespace cookbook::control_plane {
namespace {

namespace json = boost::json;

http_client::Request request_for(const Remote& remote, const Question& question) {
    constexpr std::size_t key_bytes = 16;
    std::string url = remote.url;
    url.erase(url.find_last_not_of('/') + 1);
    http_client::Request request{
        .method = question.method, .url = url + question.path, .params = question.parameters};
    request.fields.add("Authorization", "Bearer " + read_key(remote.key_file));
    if (question.counts_once) {
        request.fields.add("Idempotency-Key", rest_api::random_text(key_bytes));
    }
    if (!question.body.empty()) {
        request.body = http_client::Body::json(question.body);
    }
    return request;
}

/// "409 Conflict: 192.0.2.7 is held by web-2"
std::string failure_of(const http_client::Response& response) {
    std::string sentence = fmt::format("{} {}", response.status, response.reason());
    json::error_code error;
    const json::value problem = json::parse(response.content, error);
    const json::value* detail =
        !error && problem.is_object() ? problem.get_object().if_contains("detail") : nullptr;
    if (detail && detail->is_string()) {
        sentence.append(": ").append(printable(detail->get_string().c_str()));
    }
    return sentence;
}

/// The list that an object has, if it has one: its elements are what was asked for.
const json::array* list_in(const json::value& value) {
    for (const char* name : {"pools", "leases"}) {
        const json::value* list =
            value.is_object() ? value.get_object().if_contains(name) : nullptr;
        if (list && list->is_array()) {
            return &list->get_array();
        }
    }
    return nullptr;
}

std::string lines_of(const json::value& value) {
    const json::array* list = list_in(value);
    if (!list) {
        return json::serialize(value) + "\n";
    }
    std::string lines;
    for (const json::value& one : *list) {
        lines += json::serialize(one) + "\n";
    }
    return lines;
}

}  // namespace

std::string path_segment(const std::string& text) {
    return "/" + boost::urls::encode(text, boost::urls::unreserved_chars);
}

asio::awaitable<std::string> ask(Remote remote, Question question) {
    http_client::Session session;
    http_client::Request request = request_for(remote, question);
    const http_client::Response response =
        co_await rest_api::request_twice(session, std::move(request));
    if (!response.ok()) {
        throw std::runtime_error(failure_of(response));
    }
    co_return response.content.empty() ? "" : lines_of(response.json());
}

}  // namespace cookbook::control_plane
