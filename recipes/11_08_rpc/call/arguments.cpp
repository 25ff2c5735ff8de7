// As CPython does it: Python/ceval.c, initialize_locals().
#include "arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <span>

namespace cookbook::rpc {
namespace {

using Slots = std::vector<std::optional<Value>>;

bool is_variadic(const Signature& signature) {
    return !signature.parameters.empty() && signature.parameters.back().starts_with('*');
}

[[noreturn]] void refuse(const Signature& signature, const std::string& why) {
    throw ArgumentError(signature.function + "() " + why);
}

std::string plural(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "'x'", "'x' and 'y'", "'x', 'y', and 'z'".
std::string enumerate(const std::vector<std::string>& names) {
    if (names.size() <= 2) {
        return fmt::format("'{}'", fmt::join(names, "' and '"));
    }
    return fmt::format("'{}', and '{}'", fmt::join(names.begin(), names.end() - 1, "', '"),
                       names.back());
}

[[noreturn]] void refuse_count(const Signature& signature, std::size_t given) {
    refuse(signature, fmt::format("takes {} but {} {} given",
                                  plural(signature.parameters.size(), "positional argument"), given,
                                  given == 1 ? "was" : "were"));
}

[[noreturn]] void refuse_missing(const Signature& signature, const Slots& slots) {
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        if (!slots[i]) {
            missing.push_back(signature.parameters[i]);
        }
    }
    refuse(signature,
           fmt::format("missing {}: {}", plural(missing.size(), "required positional argument"),
                       enumerate(missing)));
}

/// Puts an argument into the slot of the parameter with its name; `filled` slots have one already.
void bind_keyword(const Signature& signature, const Keyword& keyword, std::size_t filled,
                  Slots& slots) {
    const auto named = std::span(signature.parameters).first(slots.size());
    const auto found = std::ranges::find(named, keyword.name);
    if (found == named.end()) {
        refuse(signature, fmt::format("got an unexpected keyword argument '{}'", keyword.name));
    }
    const auto position = static_cast<std::size_t>(found - named.begin());
    if (position < filled) {
        refuse(signature, fmt::format("got multiple values for argument '{}'", keyword.name));
    }
    slots[position] = keyword.value;
}

}  // namespace

std::vector<Value> bind_arguments(const Signature& signature, const Call& call) {
    // [step 2] Bind the arguments by position, then those by name; refuse what is over or missing.
    const bool variadic = is_variadic(signature);
    Slots slots(signature.parameters.size() - (variadic ? 1 : 0));
    const std::size_t filled = std::min(slots.size(), call.args.size());
    std::copy_n(call.args.begin(), filled, slots.begin());
    for (const Keyword& keyword : call.kwargs) {
        bind_keyword(signature, keyword, filled, slots);
    }
    if (call.args.size() > filled && !variadic) {
        refuse_count(signature, call.args.size());
    }
    if (!std::ranges::all_of(slots, &std::optional<Value>::has_value)) {
        refuse_missing(signature, slots);
    }
    std::vector<Value> bound;
    std::ranges::transform(slots, std::back_inserter(bound), [](auto& slot) { return *slot; });
    if (variadic) {
        bound.emplace_back(Tuple{{call.args.begin() + std::ptrdiff_t(filled), call.args.end()}});
    }
    return bound;
    // [end]
}

}  // namespace cookbook::rpc
