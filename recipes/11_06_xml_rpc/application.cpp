#include "application.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "common/http/grammar.hpp"
#include "xml/writer.hpp"

namespace cookbook::xml_rpc {
namespace {

/// The result of the call in the document. Throws Fault.
Value result_of(Reader& reader, const Callee& callee, std::string_view document) {
    try {
        Message message = reader.read(document);
        auto* call = std::get_if<Call>(&message);
        if (call == nullptr) {
            throw Refused(not_a_call, "a response where a call was expected");
        }
        return callee(call->method, std::move(call->params));
    } catch (const Refused& refused) {
        throw Fault(refused.code, refused.what());
    }
}

/// Whether the body has a coding. All lines of one name count: they are one list (RFC 9110, 5.3).
bool is_coded(const http::Request& request) {
    return std::ranges::any_of(request.fields, [](const http::Field& field) {
        return field.id == http::field::content_encoding && !field.value.empty() &&
               !http::grammar::same_name(field.value, "identity");
    });
}

/// One application: its memory is kept from call to call.
class CallHandler {
public:
    CallHandler(Dispatcher dispatcher, ApplicationOptions options)
        : dispatcher_(std::move(dispatcher)),
          options_(std::move(options)),
          reader_(options_.limits) {}

    http::ResponseFuture operator()(http::Request& request) {
        if (auto refusal = refuse_request(request, options_.paths)) {
            return *std::move(refusal);
        }
        if (request.source != nullptr) {
            if (const auto body = request.source->read_whole(request.max_body)) {
                return respond(*body);  // most bodies have come with the head: no coroutine
            }
        }
        return read_and_respond(request);
    }

private:
    http::Response respond(std::string_view document) {
        http::Response response(http::status::ok, "text/xml");
        respond_to_call(response.data(), reader_, dispatcher_, document, options_.max_result);
        return response;
    }

    asio::awaitable<http::Response> read_and_respond(http::Request& request) {
        const std::string_view document = co_await request.read_body();
        co_return respond(document);
    }

    Dispatcher dispatcher_;
    ApplicationOptions options_;
    Reader reader_;
};

}  // namespace

void respond_to_call(std::string& out, Reader& reader, const Callee& callee,
                     std::string_view document, std::size_t max_result) {
    try {
        write_result(out, result_of(reader, callee, document), max_result);
    } catch (const Fault& fault) {
        try {
            write_fault(out, fault);
        } catch (const Unwritable& unwritable) {
            write_fault(out, {internal_error, unwritable.what()});
        }
    } catch (const Unwritable& unwritable) {
        write_fault(out, {internal_error, unwritable.what()});
    }
}

void respond_to_call(std::string& out, Reader& reader, const Dispatcher& dispatcher,
                     std::string_view document, std::size_t max_result) {
    const auto call = [&](std::string_view name, Array arguments) {
        return dispatcher.call(name, std::move(arguments));
    };
    respond_to_call(out, reader, Callee(call), document, max_result);
}

std::optional<http::Response> refuse_request(const http::Request& request,
                                             const std::vector<std::string>& paths) {
    if (std::ranges::find(paths, request.path) == paths.end()) {
        return http::error_response(http::status::not_found, "Not Found");
    }
    if (request.method != http::verb::post) {
        http::Response response =
            http::error_response(http::status::method_not_allowed, "Allowed: POST");
        response.add(http::field::allow, "POST");
        return response;
    }
    if (is_coded(request)) {
        return http::error_response(http::status::unsupported_media_type,
                                    "a body must be as it is: no Content-Encoding");
    }
    return {};
}

http::Application make_application(Dispatcher dispatcher, ApplicationOptions options) {
    const auto handler = std::make_shared<CallHandler>(std::move(dispatcher), std::move(options));
    return [handler](http::Request& request) { return (*handler)(request); };
}

}  // namespace cookbook::xml_rpc
