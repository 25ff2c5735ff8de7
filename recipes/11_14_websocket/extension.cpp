#include "extension.hpp"

#include <charconv>
#include <string>

#include "common/http/grammar.hpp"

namespace cookbook::websocket {
namespace {

namespace grammar = http::grammar;

/// The parameters of permessage-deflate in an offer or a response. Window bits of 0 mean that there
/// was no value.
struct Parameters {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<int> server_max_window_bits;
    std::optional<int> client_max_window_bits;
};

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view()
                              : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// Takes the text up to a separator that is not within quotes off the front.
std::string_view take_until(std::string_view& text, char separator) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < text.size() && (quoted || text[end] != separator); ++end) {
        quoted = quoted != (text[end] == '"');
    }
    const std::string_view taken = text.substr(0, end);
    text.remove_prefix(end < text.size() ? end + 1 : end);
    return trimmed(taken);
}

/// 8 to 15, as digits (RFC 7692, 7.1.2.1), perhaps in quotes.
std::optional<int> parse_window_bits(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    int bits = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), bits);
    const bool is_number = error == std::errc() && end == text.end() && text.front() != '0';
    return is_number && 8 <= bits && bits <= 15 ? std::optional(bits) : std::nullopt;
}

/// A parameter without a value, which may come once.
bool set(bool& flag, bool has_value) {
    const bool is_first = !flag;
    flag = true;
    return is_first && !has_value;
}

bool set(std::optional<int>& bits, std::optional<int> value) {
    const bool is_first = !bits;
    bits = value;
    return is_first && value;
}

/// Takes one parameter. False if it is not as it should be.
bool take(Parameters& parameters, std::string_view text) {
    const std::size_t equals = text.find('=');
    const bool has_value = equals != text.npos;
    const std::string_view name = trimmed(text.substr(0, equals));
    const std::string_view value = has_value ? trimmed(text.substr(equals + 1)) : "";
    if (grammar::same_name(name, "server_no_context_takeover")) {
        return set(parameters.server_no_context_takeover, has_value);
    }
    if (grammar::same_name(name, "client_no_context_takeover")) {
        return set(parameters.client_no_context_takeover, has_value);
    }
    if (grammar::same_name(name, "server_max_window_bits")) {
        return set(parameters.server_max_window_bits, parse_window_bits(value));
    }
    if (grammar::same_name(name, "client_max_window_bits")) {
        return set(parameters.client_max_window_bits,
                   has_value ? parse_window_bits(value) : std::optional(0));
    }
    return false;
}

/// The parameters of one element of the list, if it is permessage-deflate and all are as they
/// should be.
std::optional<Parameters> parse(std::string_view element) {
    Parameters parameters;
    if (!grammar::same_name(take_until(element, ';'), "permessage-deflate")) {
        return {};
    }
    while (!element.empty()) {
        if (!take(parameters, take_until(element, ';'))) {
            return {};
        }
    }
    return parameters;
}

std::string response_to(const Parameters& offered) {
    std::string response(offer);
    if (offered.server_max_window_bits) {
        response += "; server_max_window_bits=" + std::to_string(*offered.server_max_window_bits);
    }
    if (offered.client_max_window_bits) {
        const int bits = *offered.client_max_window_bits;
        response += "; client_max_window_bits=" + std::to_string(bits == 0 ? 15 : bits);
    }
    return response;
}

}  // namespace

std::optional<Acceptance> accept_offer(std::string_view offers) {
    constexpr int min_window_bits = 9;  // zlib cannot do with 8
    while (!offers.empty()) {
        const auto offered = parse(take_until(offers, ','));
        const int bits = offered ? offered->server_max_window_bits.value_or(15) : 0;
        if (bits >= min_window_bits) {
            return Acceptance{{bits}, response_to(*offered)};
        }
    }
    return {};
}

std::optional<Compression> check_acceptance(std::string_view response) {
    const auto agreed = parse(take_until(response, ','));
    // A window for us may be given only to a client that has offered to keep to one.
    if (!agreed || !response.empty() || !agreed->server_no_context_takeover ||
        agreed->client_max_window_bits) {
        return {};
    }
    return Compression{};
}

}  // namespace cookbook::websocket
