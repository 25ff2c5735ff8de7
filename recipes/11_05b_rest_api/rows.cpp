#include "rows.hpp"

#include <fmt/format.h>

#include <array>

#include "clock.hpp"
#include "transaction.hpp"

namespace cookbook::rest_api {
namespace {

constexpr std::array count_column = {Type::integer};

/// "id, version, created_at, updated_at, username, email"
std::string columns_of(const Kind& kind) {
    std::string names = "id, version, created_at, updated_at";
    for (const Member& member : kind.members) {
        names.append(", ").append(member.name);
    }
    return names;
}

std::vector<Type> types_of(const Kind& kind) {
    std::vector<Type> types = {Type::integer, Type::integer, Type::text, Type::text};
    for (const Member& member : kind.members) {
        types.push_back(member.type);
    }
    return types;
}

Row row_of(Values columns) {
    constexpr std::ptrdiff_t before_members = 4;
    return {.id = std::get<std::int64_t>(columns[0]),
            .version = std::get<std::int64_t>(columns[1]),
            .created_at = std::get<std::string>(columns[2]),
            .updated_at = std::get<std::string>(columns[3]),
            .values = Values(columns.begin() + before_members, columns.end())};
}

}  // namespace

Clauses clauses_of(const ListQuery& query) {
    Clauses clauses;
    // [step 1] Bind each value as a parameter; put the column in that was chosen to sort by.
    // A column cannot be bound. Rows that are equal in it come by their id.
    for (const auto& [filter, value] : query.conditions) {
        clauses.parameters.push_back(value);
        clauses.where += fmt::format("{} {} {} :{}", clauses.where.empty() ? " WHERE" : " AND",
                                     filter->column, filter->comparison, clauses.parameters.size());
    }
    clauses.order =
        fmt::format(" ORDER BY {} {}, id", query.sort_column, query.descending ? "DESC" : "ASC");
    // [end]
    return clauses;
}

std::optional<Row> find_row(Connection& connection, const Kind& kind, std::int64_t id) {
    auto rows = connection.select(
        fmt::format("SELECT {} FROM {} WHERE id = :1", columns_of(kind), kind.name), {id},
        types_of(kind));
    return rows.empty() ? std::nullopt : std::optional(row_of(std::move(rows.front())));
}

Page find_page(Connection& connection, const Kind& kind, const ListQuery& query) {
    auto [where, order, parameters] = clauses_of(query);
    Page page;
    Transaction snapshot(connection, Transaction::Kind::snapshot);
    const auto counted = connection.select(
        fmt::format("SELECT COUNT(*) FROM {}{}", kind.name, where), parameters, count_column);
    page.total = std::get<std::int64_t>(counted.at(0).at(0));
    const std::size_t next = parameters.size() + 1;
    parameters.insert(parameters.end(), {query.per_page, offset_of(query)});
    for (Values& columns :
         connection.select(fmt::format("SELECT {} FROM {}{}{} LIMIT :{} OFFSET :{}",
                                       columns_of(kind), kind.name, where, order, next, next + 1),
                           parameters, types_of(kind))) {
        page.rows.push_back(row_of(std::move(columns)));
    }
    snapshot.commit();
    return page;
}

Row insert_row(Connection& connection, const Kind& kind, const Values& values) {
    const std::string time = now();
    Values parameters = {std::int64_t{1}, time, time};
    parameters.insert(parameters.end(), values.begin(), values.end());
    std::string names = "version, created_at, updated_at";
    std::string places = ":1, :2, :3";
    for (std::size_t i = 0; i < values.size(); ++i) {
        names.append(", ").append(kind.members[i].name);
        places.append(fmt::format(", :{}", i + 4));
    }
    const auto made = connection.select(
        fmt::format("INSERT INTO {} ({}) VALUES ({}) RETURNING id", kind.name, names, places),
        parameters, count_column);
    return {std::get<std::int64_t>(made.at(0).at(0)), 1, time, time, values};
}

std::optional<Row> update_row(Connection& connection, const Kind& kind, const Row& row,
                              const Values& values) {
    Values parameters = {now()};
    std::string changes;
    for (std::size_t i = 0; i < values.size(); ++i) {
        parameters.push_back(values[i]);
        changes += fmt::format(", {} = :{}", kind.members[i].name, parameters.size());
    }
    // [step 3] Compare the version and change the row in one statement.
    // Between a comparison of ours and a statement without one, another client could write.
    parameters.insert(parameters.end(), {row.id, row.version});
    const std::int64_t changed = connection.execute(
        fmt::format("UPDATE {} SET version = version + 1, updated_at = :1{} "
                    "WHERE id = :{} AND version = :{}",
                    kind.name, changes, parameters.size() - 1, parameters.size()),
        parameters);
    if (changed == 0) {
        return std::nullopt;
    }
    return Row{row.id, row.version + 1, row.created_at, std::get<std::string>(parameters[0]),
               values};
    // [end]
}

bool delete_row(Connection& connection, const Kind& kind, const Row& row) {
    return connection.execute(
               fmt::format("DELETE FROM {} WHERE id = :1 AND version = :2", kind.name),
               {row.id, row.version}) == 1;
}

std::vector<std::string> members_taken(Connection& connection, const Kind& kind,
                                       const Values& values, std::int64_t id) {
    std::vector<std::string> taken;
    for (std::size_t i = 0; i < kind.members.size(); ++i) {
        const Member& member = kind.members[i];
        if (member.unique &&
            !connection
                 .select(fmt::format("SELECT id FROM {} WHERE {} = :1 AND id <> :2", kind.name,
                                     member.name),
                         {values[i], id}, count_column)
                 .empty()) {
            taken.emplace_back(member.name);
        }
    }
    return taken;
}

}  // namespace cookbook::rest_api
