#include <fmt/format.h>

#include "admission.hpp"
#include "etag.hpp"
#include "identified.hpp"
#include "paging.hpp"
#include "rows.hpp"
#include "service.hpp"

namespace cookbook::rest_api {
namespace {

/// {"users":[…],"pagination":{…}}
std::string page_json(const Kind& kind, const ListQuery& query, const Page& page) {
    std::string text = fmt::format(R"({{"{}":[)", kind.name);
    for (const Row& row : page.rows) {
        text += (&row == &page.rows.front() ? "" : ",") + to_json(kind, row);
    }
    return text + fmt::format(
                      R"(],"pagination":{{"page":{},"per_page":{},"total":{},"total_pages":{}}}}})",
                      query.page, query.per_page, page.total,
                      total_pages(page.total, query.per_page));
}

}  // namespace

asio::awaitable<http::Response> list(Database& database, const Kind& kind, http::Request& request) {
    const Parameters parameters = query_of(request);
    const auto parsed = parse_list_query(kind, parameters);
    if (const auto* mistakes = std::get_if<Mistakes>(&parsed)) {
        co_return problem(http::status::bad_request, "The query is not valid.", *mistakes);
    }
    const auto& query = std::get<ListQuery>(parsed);
    const std::function<Page(Connection&)> find = [&kind, query](Connection& connection) {
        return find_page(connection, kind, query);
    };
    const Page page = co_await database.read(find);
    http::Response response(http::status::ok, "application/json");
    response.add(http::field::link, links_of(request.path, parameters, query, page.total));
    response.data() = page_json(kind, query, page);
    co_return response;
}

asio::awaitable<http::Response> get(Database& database, const Kind& kind, http::Request& request,
                                    std::string id) {
    if (auto refusal = refuse_query(request)) {
        co_return *std::move(refusal);
    }
    const std::function<std::optional<Row>(Connection&)> find =
        [&kind, parsed = parse_id(id)](Connection& connection) {
            return parsed ? find_row(connection, kind, *parsed) : std::nullopt;
        };
    const auto row = co_await database.read(find);
    if (!row) {
        co_return problem(http::status::not_found, "There is none with this id.");
    }
    const auto if_match = list_field_of(request, http::field::if_match);
    if (if_match && !if_match_holds(*if_match, row->version)) {
        co_return problem(http::status::precondition_failed, "It has another version by now.");
    }
    const bool is_known = is_not_modified(
        list_field_of(request, http::field::if_none_match).value_or(""), row->version);
    http::Response response(is_known ? http::status::not_modified : http::status::ok,
                            is_known ? "" : "application/json");
    response.add(http::field::etag, etag_of(row->version));
    if (!is_known) {
        response.data() = to_json(kind, *row);
    }
    co_return response;
}

}  // namespace cookbook::rest_api
