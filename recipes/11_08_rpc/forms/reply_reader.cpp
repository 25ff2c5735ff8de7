#include "reply_reader.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "11_07_messaging/pickle/pickle.hpp"
#include "11_08_rpc/call/exceptions.hpp"
#include "form_error.hpp"

namespace cookbook::rpc {
namespace {

/// Where Python keeps its own exceptions: protocol 2 has them where Python 2 had them.
bool is_builtin_module(std::string_view module) {
    return module == "builtins" || module == "exceptions" || module == "__builtin__";
}

/// Whether the name can be that of an exception's class, by the convention for names: a capital, or
/// one of the old ones such as struct.error and socket.timeout. posix.system cannot.
bool may_be_exception(std::string_view module, std::string_view name) {
    const auto is_printable = [](unsigned char c) { return c > ' ' && c != 0x7f; };
    if (!std::ranges::all_of(module, is_printable) || !std::ranges::all_of(name, is_printable)) {
        return false;
    }
    const std::string_view last = name.substr(name.rfind('.') + 1);
    const bool is_old = last.ends_with("error") || last.ends_with("timeout");
    return !last.empty() && (std::isupper(static_cast<unsigned char>(last[0])) != 0 ||
                             (is_old && !is_builtin_module(module)));
}

/// What has been made of the exceptions in a pickle: tuples (type, args), which no other tuple in
/// the pickle can be mistaken for, since each is known by its identity.
class Exceptions {
public:
    std::optional<Value> make(std::string_view module, std::string_view name, const Tuple& args) {
        if (!may_be_exception(module, name)) {
            return std::nullopt;
        }
        if (name == "ExceptionGroup" && args.items.size() == 2) {
            adopt(args.items[1]);
        }
        std::string type(name);
        if (!is_builtin_module(module)) {
            type = std::string(module) + "." + type;
        }
        const Value& made = made_.emplace_back(Tuple{{std::move(type), args}});
        loose_.insert(made.identity());
        return made;
    }

    /// Whether the object is an exception. Throws FormError if there are others in it.
    bool check(const Value& whole) {
        const bool is_exception = loose_.erase(whole.identity()) > 0;
        // The last one first, since it may hold others. What nothing holds was part of a state.
        for (; !made_.empty(); made_.pop_back()) {
            if (made_.back().shared() && loose_.contains(made_.back().identity())) {
                throw FormError("no reply: an exception within an object");
            }
        }
        return is_exception;
    }

private:
    /// The exceptions that a group holds are where they may be.
    void adopt(const Value& group) {
        for (std::size_t i = 0; const Value* item = messaging::item_at(group, i); ++i) {
            loose_.erase(item->identity());
        }
    }

    std::vector<Value> made_;                // so that no identity is used twice
    std::unordered_set<const void*> loose_;  // those that nothing may hold
};

}  // namespace

Value read_reply(std::string_view pickle) {
    Exceptions exceptions;
    const Value content = messaging::from_pickle(
        pickle, messaging::default_pickle_memory,
        [&](std::string_view module, std::string_view name, const Tuple& args) {
            return exceptions.make(module, name, args);
        });
    if (!exceptions.check(content)) {
        return content;
    }
    const auto& parts = content.as<Tuple>().items;
    raise(parts[0].as<std::string>(), parts[1].as<Tuple>());
}

}  // namespace cookbook::rpc
