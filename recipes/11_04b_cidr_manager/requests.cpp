#include "requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "calculations.hpp"
#include "request_error.hpp"

namespace cookbook::cidr_manager {
namespace {

namespace json = boost::json;

constexpr std::string_view changing[] = {"add_pool", "remove_pool", "allocate", "release"};
constexpr std::string_view looking[] = {"list", "find", "utilisation"};

Request::Kind kind_of_request(std::string_view operation, const json::object& members) {
    if (std::ranges::find(changing, operation) != std::end(changing)) {
        return Request::Kind::change;
    }
    if (std::ranges::find(looking, operation) != std::end(looking) && !members.contains("used")) {
        return Request::Kind::look;
    }
    return Request::Kind::calculation;
}

void take_apart(Request& request) {
    if (const json::value* id = request.members.if_contains("id")) {
        if (!id->is_string() && !id->is_int64() && !id->is_uint64()) {
            throw RequestError("\"id\" must be a string or an integer");
        }
        request.id = *id;
    }
    request.operation = Members(request.members).text("op");
    request.kind = kind_of_request(request.operation, request.members);
    if (request.kind == Request::Kind::calculation &&
        find_calculation(request.operation) == nullptr) {
        throw RequestError("there is no operation " + as_word(request.operation));
    }
}

/// A line feed in a text is escaped, so the response is one line.
std::string response_line(const json::value& id, json::string_view name, json::value&& value) {
    json::object response;
    if (!id.is_null()) {
        response["id"] = id;
    }
    response[name] = std::move(value);
    return json::serialize(response) + '\n';
}

}  // namespace

Request parse_request(std::string_view line) {
    Request request;
    json::error_code error;  // of a value more than 32 deep, too
    json::value value = json::parse(line, error);
    if (error) {
        request.error = "not JSON: " + error.message();
    } else if (!value.is_object()) {
        request.error = "a request must be a JSON object";
    } else {
        request.members = std::move(value.get_object());
        try {
            take_apart(request);
        } catch (const RequestError& refusal) {
            request.error = refusal.what();
        }
    }
    return request;
}

std::string respond(const Request& request,
                    const std::function<json::value(const Request&)>& compute) {
    std::string error = request.error;
    if (error.empty()) {
        try {
            return response_line(request.id, "result", compute(request));
        } catch (const cidr_addresses::ParseError& refusal) {
            error = refusal.message();
        } catch (const std::exception& refusal) {
            error = refusal.what();
        }
    }
    return response_line(request.id, "error", json::value(error));
}

json::value calculate(const Request& request) {
    if (request.kind != Request::Kind::calculation) {
        throw RequestError(fmt::format("{} needs a server with a plan", request.operation));
    }
    return find_calculation(request.operation)(Members(request.members));
}

}  // namespace cookbook::cidr_manager
