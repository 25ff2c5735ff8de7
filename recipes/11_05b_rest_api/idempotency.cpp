#include "idempotency.hpp"

#include <algorithm>
#include <array>

#include "clock.hpp"
#include "rows.hpp"
#include "transaction.hpp"

namespace cookbook::rest_api {
namespace {

/// Stores the key as used; false if it is already.
bool claim_key(Connection& connection, const Creation& creation) {
    connection.execute("DELETE FROM idempotency_keys WHERE created_at < :1",
                       {rfc3339(std::chrono::system_clock::now() - idempotency_period)});
    // Another transaction that has just inserted the same key makes this one wait for its end.
    return connection.execute(
               "INSERT INTO idempotency_keys (owner, key, hash, created_at) "
               "VALUES (:1, :2, :3, :4) ON CONFLICT (owner, key) DO NOTHING",
               {creation.owner, *creation.key, creation.fingerprint, now()}) == 1;
}

void store_response(Connection& connection, const Creation& creation, const Created& created) {
    connection.execute(
        "UPDATE idempotency_keys SET id = :1, body = :2 WHERE owner = :3 AND key = :4",
        {created.id, created.body, creation.owner, *creation.key});
}

CreationResult replay(Connection& connection, const Creation& creation) {
    constexpr std::array columns = {Type::text, Type::integer, Type::text};
    const auto rows = connection.select(
        "SELECT hash, id, body FROM idempotency_keys WHERE owner = :1 AND key = :2",
        {creation.owner, *creation.key}, columns);
    const Values& stored = rows.at(0);
    if (std::get<std::string>(stored[0]) != creation.fingerprint) {
        return KeyReused{};
    }
    return Created{std::get<std::int64_t>(stored[1]), std::get<std::string>(stored[2]), true};
}

}  // namespace

bool is_idempotency_key(std::string_view text) {
    constexpr std::size_t max_length = 255;
    return !text.empty() && text.size() <= max_length &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

CreationResult create_row(Connection& connection, const Creation& creation) {
    const Kind& kind = *creation.kind;
    // [step 4] One transaction for the key and the row; respond once it is committed.
    Transaction transaction(connection, Transaction::Kind::write);
    if (creation.key && !claim_key(connection, creation)) {
        return replay(connection, creation);
    }
    const Row row = insert_row(connection, kind, creation.values);
    Created created{row.id, to_json(kind, row)};
    if (creation.key) {
        store_response(connection, creation, created);
    }
    transaction.commit();
    return created;
    // [end]
}

}  // namespace cookbook::rest_api
