#include "docs_page.hpp"

#include <fmt/format.h>

#include "11_05_rest_interface/rest_interface.hpp"
#include "routes.hpp"

namespace cookbook::rest_api {
namespace {

using rest_interface::escape_html;

std::string rule_of(const Member& member) {
    std::string rule = member.type == Type::text
                           ? fmt::format("a text of {} to {} characters", member.min, member.max)
                       : member.type == Type::cents
                           ? fmt::format("a number from {} to {}, with at most two decimals",
                                         cents_text(member.min), cents_text(member.max))
                           : fmt::format("an integer from {} to {}", member.min, member.max);
    if (!member.rule.empty()) {
        rule.append("; ").append(member.rule);
    }
    rule += member.unique ? "; unique" : "";
    rule += member.nullable ? "; or null" : "";
    return rule + (member.required ? "; required" : "");
}

std::string row_of(const Route& route) {
    const auto role = route.operation->role;
    return fmt::format("<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>\n",
                       std::string(to_string(route.operation->method)), escape_html(route.path),
                       role ? to_string(*role) : "everybody");
}

std::string section_of(const Kind& kind) {
    std::string text = fmt::format("<h2>{}</h2>\n<ul>\n", kind.title);
    for (const Member& member : kind.members) {
        text += fmt::format("<li><code>{}</code>: {}</li>\n", member.name,
                            escape_html(rule_of(member)));
    }
    text += "</ul>\n<p>A list takes the filters";
    for (const Filter& filter : kind.filters) {
        text += fmt::format(" <code>{}</code>", filter.name);
    }
    return text + fmt::format(" and is sorted by <code>sort_by</code>: {}.</p>\n",
                              fmt::join(kind.sort_columns, ", "));
}

std::string make_page() {
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>REST API</title>"
        "<style>body{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em}"
        "td,th{text-align:left;padding:0 1em 0 0}</style></head>\n<body><h1>REST API</h1>\n"
        "<p>For programs: <a href=\"/openapi.json\">openapi.json</a>. A key goes into "
        "<code>X-API-Key</code>.</p>\n<table>\n"
        "<tr><th>Method</th><th>Path</th><th>Who may</th></tr>\n";
    for (const Route& route : routes()) {
        page += row_of(route);
    }
    page += "</table>\n";
    for (const Kind* kind : kinds()) {
        page += section_of(*kind);
    }
    return page + "</body></html>\n";
}

}  // namespace

const std::string& docs_page() {
    static const std::string page = make_page();
    return page;
}

}  // namespace cookbook::rest_api
