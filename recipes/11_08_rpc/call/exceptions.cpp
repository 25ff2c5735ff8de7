#include "exceptions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <initializer_list>
#include <new>
#include <system_error>

#include "11_07_messaging/value/text.hpp"
#include "builtins.hpp"
#include "common/async/asio.hpp"
#include "common/net/utf8.hpp"
#include "repr.hpp"

namespace cookbook::rpc {
namespace {

using messaging::Kind;
using Items = std::vector<Value>;

bool are_kinds(const Items& args, std::initializer_list<Kind> kinds) {
    return std::ranges::equal(args, kinds, {}, &Value::kind);
}

/// Whether the constructor takes these arguments: Python's loads() calls it, and fails if it fails.
template <typename T>
bool takes(const Items& args) {
    using enum Kind;
    if constexpr (std::same_as<T, UnicodeDecodeError>) {
        return are_kinds(args, {text, bytes, integer, integer, text});
    } else if constexpr (std::same_as<T, UnicodeEncodeError>) {
        return are_kinds(args, {text, text, integer, integer, text});
    } else if constexpr (std::same_as<T, UnicodeTranslateError>) {
        return are_kinds(args, {text, integer, integer, text});
    } else if constexpr (std::derived_from<T, SyntaxError>) {
        const auto* place = args.size() == 2 ? args[1].get_if<Tuple>() : nullptr;
        return args.size() != 2 || (place && place->items.size() == 4);
    } else if constexpr (std::same_as<T, OSError> || std::same_as<T, BlockingIOError>) {
        // Its third one is a number of bytes, and some errnos make an OSError a BlockingIOError.
        return args.size() < 3 || (args[2].kind() != real && args[2].kind() != big_integer);
    } else {
        return true;
    }
}

template <typename T>
[[noreturn]] void raise_as(Tuple args) {
    throw T(std::move(args));
}

struct Class {
    std::string_view name;
    bool is_os_error;
    void (*raise)(Tuple args);
    bool (*takes)(const Items& args);
};
constexpr auto classes = []<typename... T>(boost::mp11::mp_list<T...>) {
    return std::array{Class{T::type_name, std::derived_from<T, OSError>, raise_as<T>, takes<T>}...};
}(Builtins{});

const Class* find_class(std::string_view type) {
    const auto* found = std::ranges::find(classes, type, &Class::name);
    return found == classes.end() ? nullptr : found;
}

/// str(exception), for which a few classes have words of their own.
std::string text_of(std::string_view type, const Tuple& args) {
    const Items& items = args.items;
    const Class* known = find_class(type);
    if (known && known->is_os_error && items.size() >= 2) {
        const bool has_file = items.size() >= 3 && items[2].kind() != Kind::none;
        return fmt::format("[Errno {}] {}{}", str(items[0]), str(items[1]),
                           has_file ? ": " + repr(items[2]) : "");
    }
    if (items.size() != 1) {
        return items.empty() ? "" : repr(args);
    }
    return type == KeyError::type_name ? repr(items[0]) : str(items[0]);
}

std::string last_line(std::string_view type, const Tuple& args) {
    const std::string text = text_of(type, args);
    return std::string(type) + (text.empty() ? "" : ": " + text);
}

// --- From C++ to Python --------------------------------------------------------------------------

template <typename T>
bool is(const std::exception& failure) {
    return dynamic_cast<const T*>(&failure) != nullptr;
}

/// What C++ throws, and what Python would raise. The first that fits counts.
struct Counterpart {
    bool (*fits)(const std::exception& failure);
    std::string_view type;
};
constexpr std::array counterparts = {
    Counterpart{is<std::invalid_argument>, ValueError::type_name},
    Counterpart{is<std::out_of_range>, IndexError::type_name},
    Counterpart{is<std::overflow_error>, OverflowError::type_name},
    Counterpart{is<messaging::TypeError>, TypeError::type_name},
    Counterpart{is<std::bad_alloc>, MemoryError::type_name},
    Counterpart{is<std::exception>, RuntimeError::type_name},
};

/// In UTF-8, or no peer could read it.
std::string text_of(const std::exception& failure) {
    const std::string_view text = failure.what();
    const bool is_utf8 = messaging::valid_utf8(text) == text.size();
    return is_utf8 ? std::string(text) : printable(text);
}

RemoteError os_error(const std::error_code& code) {
    const std::error_condition condition = code.default_error_condition();
    if (condition.category() != std::generic_category()) {
        return OSError(code.message());  // its number is no errno
    }
    return OSError(Tuple{{condition.value(), code.message()}});
}

RemoteError sendable(const RemoteError& error) {
    const Class* known = find_class(error.type());
    if (!known) {
        return RuntimeError(text_of(error));
    }
    if (!known->takes(error.args().items)) {
        return TypeError(error.type() + " does not take the arguments " + repr(error.args()));
    }
    return error;
}

}  // namespace

RemoteError::RemoteError(std::string type, Tuple args)
    : std::runtime_error(last_line(type, args)), type_(std::move(type)), args_(std::move(args)) {}

RemoteError::RemoteError(const std::string& what, std::string type, Tuple args)
    : std::runtime_error(what), type_(std::move(type)), args_(std::move(args)) {}

bool is_builtin(std::string_view type) {
    return find_class(type) != nullptr;
}

void raise(const std::string& type, Tuple args) {
    const Class* known = find_class(type);
    if (!known) {
        throw RemoteError(type, std::move(args));
    }
    known->raise(std::move(args));
    std::terminate();  // raise_as() never returns
}

RemoteError to_python(const std::exception_ptr& failure) {
    // [step 3] Find the exception of Python's that says the same.
    try {
        std::rethrow_exception(failure);
    } catch (const RemoteError& error) {
        return sendable(error);
    } catch (const std::system_error& error) {
        return os_error(error.code());
    } catch (const boost::system::system_error& error) {
        return os_error(error.code());
    } catch (const std::exception& error) {
        const auto fits = [&](const Counterpart& one) { return one.fits(error); };
        const auto* found = std::ranges::find_if(counterparts, fits);
        return RemoteError(std::string(found->type), Tuple{{text_of(error)}});
    } catch (...) {
        return RuntimeError("an exception that is no std::exception");
    }
    // [end]
}

}  // namespace cookbook::rpc
