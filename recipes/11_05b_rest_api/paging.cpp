#include "paging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "common/net/utf8.hpp"

namespace cookbook::rest_api {
namespace {

constexpr std::int64_t max_integer = std::numeric_limits<std::int64_t>::max();

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

/// What parse_list_query() has found so far.
class Reading {
public:
    explicit Reading(const Kind& kind) : kind_(kind) {}

    void take(std::string_view name, std::string_view value) {
        if (std::ranges::find(seen_, name) != seen_.end()) {
            refuse(name, "is given twice");
            return;
        }
        seen_.push_back(name);
        if (name == "page") {
            take_number(name, value, max_integer, query_.page);
        } else if (name == "per_page") {
            take_number(name, value, 100, query_.per_page);
        } else if (name == "sort_by") {
            take_sort_column(value);
        } else if (name == "sort_order") {
            take_order(value);
        } else {
            take_filter(name, value);
        }
    }

    std::variant<ListQuery, Mistakes> result() && {
        if (mistakes_.empty()) {
            return std::move(query_);
        }
        return std::move(mistakes_);
    }

private:
    void refuse(std::string_view name, std::string detail) {
        mistakes_.push_back(in_parameter(name, std::move(detail)));
    }

    void take_number(std::string_view name, std::string_view value, std::int64_t max,
                     std::int64_t& number) {
        const auto given = number_of<std::int64_t>(value);
        if (!given || *given < 1 || *given > max) {
            refuse(name, fmt::format("must be a number from 1 to {}", max));
            return;
        }
        number = *given;
    }

    void take_sort_column(std::string_view value) {
        // [step 1] Take the column of that name out of the kind's list, or refuse the parameter.
        const auto column = std::ranges::find(kind_.sort_columns, value);
        if (column == kind_.sort_columns.end()) {
            refuse("sort_by",
                   fmt::format("must be one of {}", fmt::join(kind_.sort_columns, ", ")));
            return;
        }
        query_.sort_column = *column;
        // [end]
    }

    void take_order(std::string_view value) {
        if (value != "asc" && value != "desc") {
            refuse("sort_order", "must be asc or desc");
        }
        query_.descending = value == "desc";
    }

    void take_filter(std::string_view name, std::string_view value) {
        const auto filter = std::ranges::find(kind_.filters, name, &Filter::name);
        if (filter == kind_.filters.end()) {
            refuse(name, "is not known");
            return;
        }
        const Member& member = *kind_.find(filter->column);
        if (member.type == Type::text) {
            take_text(*filter, value);
        } else {
            take_price(*filter, member, value);
        }
    }

    void take_text(const Filter& filter, std::string_view value) {
        if (!is_utf8(value)) {
            refuse(filter.name, "must be UTF-8");
            return;
        }
        query_.conditions.push_back({&filter, std::string(value)});
    }

    void take_price(const Filter& filter, const Member& member, std::string_view value) {
        const auto price = number_of<double>(value);
        const auto cents = price ? cents_of(*price) : std::nullopt;
        if (!cents || *cents < member.min || *cents > member.max) {
            refuse(filter.name, fmt::format("must be a number from {} to {}, with at most two "
                                            "decimals",
                                            cents_text(member.min), cents_text(member.max)));
            return;
        }
        query_.conditions.push_back({&filter, *cents});
    }

    const Kind& kind_;
    ListQuery query_;
    Mistakes mistakes_;
    std::vector<std::string_view> seen_;
};

std::string encode(std::string_view text) {
    return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

/// <PATH?…&page=N>; rel="REL"
std::string link(std::string_view path, const Parameters& parameters, std::string_view relation,
                 std::int64_t page) {
    std::string target = fmt::format("<{}?", path);
    // [step 5] Keep each parameter of the request but the page, encoded; then add the page.
    for (const auto& [name, value] : parameters) {
        if (name != "page") {
            target += fmt::format("{}={}&", encode(name), encode(value));
        }
    }
    target += fmt::format("page={}", page);
    // [end]
    return target + fmt::format(R"(>; rel="{}")", relation);
}

}  // namespace

std::variant<ListQuery, Mistakes> parse_list_query(const Kind& kind, const Parameters& parameters) {
    Reading reading(kind);
    for (const auto& [name, value] : parameters) {
        reading.take(name, value);
    }
    return std::move(reading).result();
}

Mistakes unknown_parameters(const Parameters& parameters) {
    Mistakes mistakes;
    for (const auto& [name, value] : parameters) {
        mistakes.push_back(in_parameter(name, "is not known"));
    }
    return mistakes;
}

std::int64_t offset_of(const ListQuery& query) {
    return std::min(query.page - 1, max_integer / query.per_page) * query.per_page;
}

std::int64_t total_pages(std::int64_t total, std::int64_t per_page) {
    return total / per_page + (total % per_page == 0 ? 0 : 1);
}

std::string links_of(std::string_view path, const Parameters& parameters, const ListQuery& query,
                     std::int64_t total) {
    const std::int64_t last = std::max<std::int64_t>(1, total_pages(total, query.per_page));
    std::string links = link(path, parameters, "first", 1);
    // [step 5] Before the first page there is none, and after the last one there is none.
    if (query.page > 1) {
        links += ", " + link(path, parameters, "prev", std::min(query.page - 1, last));
    }
    if (query.page < last) {
        links += ", " + link(path, parameters, "next", query.page + 1);
    }
    // [end]
    return links + ", " + link(path, parameters, "last", last);
}

}  // namespace cookbook::rest_api
