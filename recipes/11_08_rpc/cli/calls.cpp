#include "calls.hpp"

#include <CLI/CLI.hpp>
#include <cctype>
#include <stdexcept>

#include "common/net/utf8.hpp"

namespace cookbook::rpc {
namespace {

using messaging::from_json;
using messaging::to_json;

Value parse_argument(const std::string& text, JsonForm form) try {
    return from_json(text, form);
} catch (const std::exception& error) {  // JsonError, or an integer of too many digits
    throw CLI::ValidationError(text, error.what());
}

/// The length of the name in "name=…"; 0 if the text is no keyword. JSON has no such beginning.
std::size_t keyword_size(const std::string& text) {
    const auto is_in_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
    std::size_t size = 0;
    while (size < text.size() && is_in_name(static_cast<unsigned char>(text[size]))) {
        ++size;
    }
    return size < text.size() && text[size] == '=' ? size : 0;
}

}  // namespace

Call parse_call(const std::vector<std::string>& texts, JsonForm form) {
    if (!is_utf8(texts.at(0))) {
        throw CLI::ValidationError("NAME", "is not UTF-8");
    }
    Call call{.function = texts.at(0), .args = {}, .kwargs = {}};
    for (std::size_t i = 1; i < texts.size(); ++i) {
        const std::size_t size = keyword_size(texts[i]);
        if (size > 0) {
            call.kwargs.push_back(
                {texts[i].substr(0, size), parse_argument(texts[i].substr(size + 1), form)});
        } else {
            call.args.push_back(parse_argument(texts[i], form));
        }
    }
    return call;
}

Call parse_line(const std::string& line, JsonForm form) try {
    const Value content = from_json(line, form);
    const auto& parts = content.as<List>().items;
    if (parts.empty() || parts.size() > 3) {
        throw std::runtime_error("it has " + std::to_string(parts.size()) + " parts");
    }
    Call call{.function = parts[0].as<std::string>(), .args = {}, .kwargs = {}};
    if (parts.size() > 1) {
        call.args = parts[1].as<List>().items;
    }
    if (parts.size() > 2) {
        for (const auto& [key, value] : parts[2].as<Dict>().items) {
            call.kwargs.push_back({key.as<std::string>(), value});
        }
    }
    return call;
} catch (const std::runtime_error& error) {
    throw std::runtime_error(R"(a line is not ["NAME", [ARGUMENTS], {KEYWORDS}]: )" +
                             std::string(error.what()));
}

std::string result_line(const Value& result, JsonForm form) {
    return to_json(Dict{{{"result", result}}}, form);
}

std::string error_line(const RemoteError& error, JsonForm form) {
    const Dict parts{{{"type", error.type()}, {"args", List{error.args().items}}}};
    return to_json(Dict{{{"error", parts}}}, form);
}

}  // namespace cookbook::rpc
