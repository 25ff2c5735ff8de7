#include "pickle_form.hpp"

#include <fmt/format.h>

#include "11_07_messaging/pickle/pickle.hpp"
#include "reply_reader.hpp"

namespace cookbook::rpc {
namespace {

using messaging::from_pickle;
using messaging::to_pickle;

constexpr char pickle_mark = '\x80';  // PROTO, with which every pickle since protocol 2 begins

const std::vector<Value>& items_of(const Value& sequence) {
    const auto* list = sequence.get_if<List>();
    return list ? list->items : sequence.as<Tuple>().items;
}

/// `(name, args, kwargs)`.
Call to_call(const Value& content) try {
    const auto& parts = content.as<Tuple>().items;
    if (parts.size() != 3) {
        throw FormError("no call: a tuple of " + std::to_string(parts.size()));
    }
    Call call{.function = parts[0].as<std::string>(), .args = items_of(parts[1]), .kwargs = {}};
    for (const auto& [key, value] : parts[2].as<Dict>().items) {
        call.kwargs.push_back({key.as<std::string>(), value});
    }
    return call;
} catch (const messaging::TypeError& error) {
    throw FormError(fmt::format("no call: {}", error.what()));
}

std::string in_form(std::string pickle, Form form) {
    return form == Form::pickle ? to_pickle(Bytes{std::move(pickle)}) : pickle;
}

}  // namespace

bool is_pickle(std::string_view message) {
    return message.starts_with(pickle_mark);
}

PickledCall unwrap_call(std::string_view message) {
    // [step 1] Unpickle the message; if that gives bytes, they are the pickle of the call.
    Value content = from_pickle(message);
    Form form = Form::tuple;
    if (const auto* inner = content.get_if<Bytes>()) {
        form = Form::pickle;
        content = from_pickle(inner->data);
    }
    return {form, to_call(content)};
    // [end]
}

std::string wrap_call(const Call& call, Form form) {
    Dict kwargs;
    for (const auto& [name, value] : call.kwargs) {
        kwargs.items.emplace_back(name, value);
    }
    return in_form(to_pickle(Tuple{{call.function, Tuple{call.args}, std::move(kwargs)}}), form);
}

std::string wrap_result(const Value& result, Form form) {
    return in_form(to_pickle(result), form);
}

/// What pickle.dumps() writes: the class by its name, its arguments, and that it is to be called.
std::string wrap_exception(const RemoteError& error, Form form) {
    const std::string args = to_pickle(error.args());
    const std::string_view only_args = std::string_view(args).substr(2, args.size() - 3);
    std::string pickle =
        "\x80\x04\x8c\x08"
        "builtins\x8c";
    pickle += static_cast<char>(error.type().size());
    pickle += error.type();
    pickle += '\x93';  // STACK_GLOBAL
    pickle += only_args;
    pickle += "R.";  // REDUCE, STOP
    return in_form(std::move(pickle), form);
}

Value unwrap_reply(std::string_view message, Form form) {
    if (form == Form::tuple) {
        return read_reply(message);
    }
    const Value wrapped = from_pickle(message);
    const auto* inner = wrapped.get_if<Bytes>();
    if (!inner) {
        throw FormError("no reply: it is not a pickle within a pickle");
    }
    return read_reply(inner->data);
}

}  // namespace cookbook::rpc
