// Recipe 11.8 on whatever comes: calls to a server, called, and replies to a client, in every
// form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_07_messaging/pickle/pickle.hpp"
#include "11_08_rpc/forms/json_rpc.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "11_08_rpc/functions.hpp"

namespace {

using namespace cookbook::rpc;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// What is read as a request can be written, and reads back the same; each one is called.
void fuzz_requests(std::string_view text) {
    static const auto functions = example_functions();
    for (Request& request : parse_requests(text).requests) {
        if (request.error) {
            format_error(*request.id, JsonRpcError(*request.error));
            continue;
        }
        if (request.call.args.empty() || request.call.kwargs.empty()) {
            const std::string written = format_request(request);
            check(format_request(parse_requests(written).requests.at(0)) == written);
        }
        const Value id = request.id.value_or(None{});
        try {
            const Result result = functions->call(request.call);
            const auto* value = std::get_if<Value>(&result);
            parse_response(format_result(id, value ? *value : Value()));
        } catch (...) {
            parse_response(format_error(id, to_json_rpc(std::current_exception())));
        }
    }
}

void fuzz_response(std::string_view text) {
    try {
        parse_response(text);
    } catch (const FormError&) {
    }
}

std::string reply_to(const PickledCall& pickled) {
    static const auto functions = example_functions();
    try {
        const Result result = functions->call(pickled.call);
        const auto* value = std::get_if<Value>(&result);
        return wrap_result(value ? *value : Value(), pickled.form);
    } catch (...) {
        return wrap_exception(to_python(std::current_exception()), pickled.form);
    }
}

/// What is read as a reply, or refused as one, in no other way.
void read_reply_of(std::string_view message, Form form) {
    try {
        unwrap_reply(message, form);
    } catch (const RemoteError& error) {
        check(!error.type().empty());
    } catch (const FormError&) {
    } catch (const cookbook::messaging::PickleError&) {
    }
}

/// Every call that is read can be written, and every one is replied to.
void fuzz_call(std::string_view message) {
    try {
        const PickledCall pickled = unwrap_call(message);
        const std::string written = wrap_call(pickled.call, pickled.form);
        check(wrap_call(unwrap_call(written).call, pickled.form) == written);
        read_reply_of(reply_to(pickled), pickled.form);
    } catch (const FormError&) {
    } catch (const cookbook::messaging::PickleError&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view message(reinterpret_cast<const char*>(data), size);
    fuzz_call(message);
    read_reply_of(message, Form::pickle);
    read_reply_of(message, Form::tuple);
    fuzz_requests(message);
    fuzz_response(message);
    return 0;
}
