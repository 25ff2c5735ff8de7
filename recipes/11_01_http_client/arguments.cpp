#include "arguments.hpp"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/http/grammar.hpp"
#include "message/url.hpp"
#include "request_head.hpp"
#include "stdin_source.hpp"

namespace cookbook::http_client {
namespace {

NameValue split(const std::string& text, char mark, const char* form) {
    const std::size_t end = text.find(mark);
    if (end == text.npos || end == 0) {
        throw std::invalid_argument(std::string("is to be ") + form);
    }
    return {text.substr(0, end), text.substr(end + 1)};
}

/// Cuts `mark` and what follows it off, and returns that; none if it has no such mark.
std::optional<std::string> cut_off(std::string& text, std::string_view mark) {
    const std::size_t begin = text.find(mark);
    if (begin == text.npos) {
        return std::nullopt;
    }
    std::string rest = text.substr(begin + mark.size());
    text.resize(begin);
    return rest;
}

}  // namespace

NameValue to_name_value(const std::string& text) {
    return split(text, '=', "NAME=VALUE");
}

Credentials to_credentials(const std::string& text) {
    const std::size_t colon = text.find(':');
    return {text.substr(0, colon), colon == text.npos ? "" : text.substr(colon + 1)};
}

void add_header(Request& request, const std::string& text) {
    const auto [name, value] = split(text, ':', "'NAME: VALUE'");
    if (says_length(name)) {
        throw std::invalid_argument("the body says its length itself");
    }
    if (value.find_first_not_of(" \t") != value.npos) {
        request.fields.add(name, value);
    } else if (http::grammar::is_token(name)) {
        request.without.push_back(name);
    } else {
        throw std::invalid_argument("the name of a field is not a token");
    }
}

Body to_body(const std::string& text) {
    if (!text.starts_with('@')) {
        return Body(text);
    }
    return text == "@-" ? Body(std::make_shared<StdinSource>()) : Body::file(text.substr(1));
}

FormPart to_part(const std::string& text) {
    auto [name, value] = split(text, '=', "NAME=VALUE or NAME=@FILE");
    if (!value.starts_with('@')) {
        return {.name = std::move(name), .content = Body(std::move(value))};
    }
    auto filename = cut_off(value, ";filename=");
    auto type = cut_off(value, ";type=");
    if (filename && !type) {  // which may come in either order
        type = cut_off(*filename, ";type=");
    }
    FormPart part = type ? FormPart::file(std::move(name), value.substr(1), *type)
                         : FormPart::file(std::move(name), value.substr(1));
    if (filename) {
        part.filename = *filename;
    }
    return part;
}

Proxy to_proxy(const std::string& text) {
    const auto url = parse_url(text);
    if (!url || url->origin.is_https || origin_form(*url) != "/") {
        throw std::invalid_argument("is to be http://[USER:PASSWORD@]HOST:PORT");
    }
    return {url->origin, url->credentials};
}

}  // namespace cookbook::http_client
