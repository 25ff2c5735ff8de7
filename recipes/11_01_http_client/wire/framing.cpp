#include "framing.hpp"

#include <charconv>
#include <cstddef>
#include <limits>
#include <system_error>

#include "11_01_http_client/message/split.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::http_client {
namespace {

using http::grammar::same_name;

/// Calls `visit` with each element of a list, "a, b" (RFC 9110, 5.6.1), until it returns false.
/// Returns whether it has never. Empty elements are visited, too.
template <typename Visit>
bool for_each_element(std::string_view list, Visit visit) {
    for (bool more = true; more;) {
        const std::size_t comma = list.find(',');
        more = comma != list.npos;
        if (!visit(trimmed(list.substr(0, comma)))) {
            return false;
        }
        list.remove_prefix(more ? comma + 1 : list.size());
    }
    return true;
}

}  // namespace

bool Framing::add_coding(std::string_view value) {
    const bool is_known = for_each_element(value, [&](std::string_view coding) {
        chunked = chunked || !coding.empty();
        return coding.empty() || same_name(coding, "chunked");
    });
    return is_known && chunked;
}

bool Framing::add_length(std::string_view value) {
    return for_each_element(value, [&](std::string_view text) {
        const std::optional<std::uint64_t> said = take_size(text, 10);
        const bool differs = length && length != said;
        length = said;
        return said && text.empty() && !differs;
    });
}

std::optional<std::uint64_t> take_size(std::string_view& text, int base) {
    constexpr auto max_size = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    std::uint64_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return error == std::errc() && size <= max_size ? std::optional(size) : std::nullopt;
}

bool is_http_1_0(const Response& response) {
    return response.status_line.starts_with("HTTP/1.0");
}

bool asks_to_keep_alive(const Response& response) {
    bool close = false;
    bool keep_alive = false;
    for (const Field field : response.fields) {
        if (same_name(field.name, "Connection")) {
            for_each_element(field.value, [&](std::string_view option) {
                close = close || same_name(option, "close");
                keep_alive = keep_alive || same_name(option, "keep-alive");
                return true;
            });
        }
    }
    return !close && (keep_alive || !is_http_1_0(response));
}

}  // namespace cookbook::http_client
