#include "json_rpc_request.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "json_rpc_members.hpp"

namespace cookbook::rpc {
namespace {

/// False if the parameters are neither by position nor by name.
bool read_params(const Value* params, Call& call) {
    if (!params) {
        return true;
    }
    if (const auto* list = params->get_if<List>()) {
        call.args = list->items;
        return true;
    }
    const auto* dict = params->get_if<Dict>();
    if (!dict) {
        return false;
    }
    for (const auto& [name, value] : dict->items) {
        call.kwargs.push_back({name.as<std::string>(), value});
    }
    return true;
}

/// False if it is no number of seconds.
bool read_timeout(const Value* timeout, std::optional<Seconds>& seconds) {
    if (!timeout) {
        return true;
    }
    if (const auto* whole = timeout->get_if<std::int64_t>()) {
        seconds = Seconds(*whole);
    } else if (const auto* real = timeout->get_if<double>()) {
        seconds = Seconds(*real);
    } else if (const auto* integer = timeout->get_if<messaging::BigInteger>()) {
        const bool is_negative = (integer->bytes.back() & 0x80) != 0;
        seconds = is_negative ? Seconds(-1) : Seconds::max();
    }
    return seconds && seconds->count() >= 0;
}

Request invalid_request() {
    return {.id = None{}, .call = {}, .timeout = {}, .error = Code::invalid_request};
}

Request to_request(const Value& value) {
    const auto* members = value.get_if<Dict>();
    if (!members) {
        return invalid_request();
    }
    Request request;
    if (const Value* id = members->find("id")) {
        if (!is_id(*id)) {
            return invalid_request();
        }
        request.id = *id;
    }
    const Value* method = members->find("method");
    const bool is_valid = is_version(members->find("jsonrpc")) && method &&
                          method->kind() == messaging::Kind::text &&
                          read_params(members->find("params"), request.call) &&
                          read_timeout(members->find("timeout"), request.timeout);
    if (!is_valid) {
        request.id = request.id.value_or(None{});  // nobody knows whether it was a notification
        request.error = Code::invalid_request;
        return request;
    }
    request.call.function = method->as<std::string>();
    return request;
}

}  // namespace

Requests parse_requests(std::string_view text) {
    Value content;
    try {
        content = messaging::from_json(text, messaging::JsonForm::plain);
    } catch (const std::exception&) {  // JsonError, or an integer of too many digits
        Request error = invalid_request();
        error.error = Code::parse_error;
        return {.is_batch = false, .requests = {std::move(error)}};
    }
    const auto* batch = content.get_if<List>();
    if (!batch) {
        return {.is_batch = false, .requests = {to_request(content)}};
    }
    if (batch->items.empty() || batch->items.size() > max_batch) {
        return {.is_batch = false, .requests = {invalid_request()}};
    }
    Requests requests{.is_batch = true, .requests = {}};
    std::ranges::transform(batch->items, std::back_inserter(requests.requests), to_request);
    return requests;
}

std::string format_request(const Request& request) {
    Dict members{{{"jsonrpc", "2.0"}, {"method", request.call.function}}};
    Dict by_name;
    for (const auto& [name, value] : request.call.kwargs) {
        by_name.items.emplace_back(name, value);
    }
    if (!by_name.items.empty()) {
        members.items.emplace_back("params", std::move(by_name));
    } else if (!request.call.args.empty()) {
        members.items.emplace_back("params", List{request.call.args});
    }
    if (request.timeout) {
        members.items.emplace_back("timeout", request.timeout->count());
    }
    if (request.id) {
        members.items.emplace_back("id", *request.id);
    }
    return to_plain_json(members);
}

std::optional<Value> id_to_cancel(const Request& request) {
    if (request.id || request.error || request.call.function != cancel_request) {
        return std::nullopt;
    }
    const auto& members = request.call.kwargs;
    const auto found = std::ranges::find(members, "id", &Keyword::name);
    return found == members.end() ? std::nullopt : std::optional(found->value);
}

}  // namespace cookbook::rpc
