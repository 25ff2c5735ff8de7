#include <fmt/format.h>

#include <utility>
#include <variant>

#include "admission.hpp"
#include "digest.hpp"
#include "etag.hpp"
#include "idempotency.hpp"
#include "identified.hpp"
#include "rows.hpp"
#include "service.hpp"
#include "validation.hpp"

namespace cookbook::rest_api {
namespace {

// What a write comes to, if it does not succeed.
struct NotFound {};
struct Mismatch {
    std::string_view detail = "It has another version by now.";
};
struct Taken {
    std::vector<std::string> members;
};
using Outcome = std::variant<Row, Created, KeyReused, NotFound, Mismatch, Taken, BadBody>;

http::Response not_unique(const Taken& taken) {
    Mistakes mistakes;
    for (const std::string& member : taken.members) {
        mistakes.push_back(in_body(member, "is taken"));
    }
    return problem(http::status::conflict, "Another one has this.", mistakes);
}

/// Runs `write`. If a member is not unique, finds out which ones, to say so of all at once.
template <typename Write>
Outcome or_taken(Connection& connection, const Kind& kind, Write write) {
    Values values;
    std::int64_t id = 0;
    try {
        return write(values, id);
    } catch (const DatabaseError& error) {
        if (error.constraint.empty()) {
            throw;
        }
        auto taken = members_taken(connection, kind, values, id);
        if (taken.empty()) {  // the other one has gone meanwhile
            taken.push_back(error.constraint.substr(error.constraint.find('.') + 1));
        }
        return Taken{std::move(taken)};
    }
}

/// A write that depends on what is there. It is begun anew if another client was faster.
struct Change {
    const Kind* kind;
    std::optional<std::int64_t> id;
    http::verb method;
    std::optional<std::string> if_match;
    std::optional<std::string> if_none_match;
    std::string body;
};

Outcome write_once(Connection& connection, const Change& change, const Row& row, Values& values) {
    const Kind& kind = *change.kind;
    if (change.method == http::verb::delete_) {
        return delete_row(connection, kind, row) ? Outcome(row) : Outcome(Mismatch());
    }
    auto parsed = change.method == http::verb::put ? parse_object(kind, change.body)
                                                   : apply_patch(kind, row.values, change.body);
    if (auto* bad = std::get_if<BadBody>(&parsed)) {
        return std::move(*bad);
    }
    values = std::get<Values>(std::move(parsed));
    auto updated = update_row(connection, kind, row, values);
    return updated ? Outcome(*std::move(updated)) : Outcome(Mismatch());
}

Outcome write_change(Connection& connection, const Change& change) {
    return or_taken(connection, *change.kind, [&](Values& values, std::int64_t& id) -> Outcome {
        for (;;) {
            const auto row =
                change.id ? find_row(connection, *change.kind, *change.id) : std::nullopt;
            if (!row) {
                return NotFound();
            }
            id = row->id;
            if (change.if_match && !if_match_holds(*change.if_match, row->version)) {
                return Mismatch();
            }
            if (change.if_none_match && is_not_modified(*change.if_none_match, row->version)) {
                return Mismatch{"If-None-Match has its version."};
            }
            Outcome outcome = write_once(connection, change, *row, values);
            if (!std::holds_alternative<Mismatch>(outcome)) {
                return outcome;
            }
        }
    });
}

http::Response with_row(http::status status, std::int64_t version, std::string body) {
    http::Response response(status, "application/json");
    response.add(http::field::etag, etag_of(version));
    response.data() = std::move(body);
    return response;
}

http::Response created_response(const Kind& kind, Created created) {
    http::Response response = with_row(http::status::created, 1, std::move(created.body));
    response.add(http::field::location, fmt::format("/{}/{}", kind.name, created.id));
    if (created.is_replayed) {
        response.add("Idempotent-Replayed", "true");
    }
    return response;
}

/// The response to a write.
struct Respond {
    const Kind& kind;
    http::verb method;

    http::Response operator()(const Row& row) const {
        return method == http::verb::delete_
                   ? http::Response(http::status::no_content)
                   : with_row(http::status::ok, row.version, to_json(kind, row));
    }
    http::Response operator()(Created& created) const {
        return created_response(kind, std::move(created));
    }
    http::Response operator()(KeyReused) const {
        return problem(http::status::unprocessable_entity,
                       "The Idempotency-Key was used for another request.");
    }
    http::Response operator()(NotFound) const {
        return problem(http::status::not_found, "There is none with this id.");
    }
    http::Response operator()(Mismatch mismatch) const {
        return problem(http::status::precondition_failed, mismatch.detail);
    }
    http::Response operator()(const Taken& taken) const { return not_unique(taken); }
    http::Response operator()(const BadBody& bad) const {
        return problem(bad.status, bad.detail, bad.mistakes);
    }
};

asio::awaitable<Outcome> write(Database& database, std::function<Outcome(Connection&)> work) {
    co_return co_await database.write(std::move(work));
}

}  // namespace

asio::awaitable<http::Response> create(Database& database, const Kind& kind,
                                       http::Request& request) {
    auto admitted = co_await admit(database, request, Role::editor, true);
    if (auto* refusal = std::get_if<http::Response>(&admitted)) {
        co_return std::move(*refusal);
    }
    const std::string_view body = co_await request.read_body();
    auto parsed = parse_object(kind, body);
    if (const auto* bad = std::get_if<BadBody>(&parsed)) {
        co_return problem(bad->status, bad->detail, bad->mistakes);
    }
    Creation creation{&kind, std::get<Values>(std::move(parsed)),
                      std::get<KeyOwner>(admitted).name};
    if (const auto key = find_field(request, "Idempotency-Key")) {
        creation.key = *key;
        creation.fingerprint = sha256(fmt::format("{}\n{}", kind.name, body));
        if (!is_idempotency_key(*key)) {
            co_return problem(http::status::bad_request,
                              "An Idempotency-Key must have 1 to 255 characters.");
        }
    }
    Outcome outcome = co_await write(database, [creation](Connection& connection) {
        return or_taken(connection, *creation.kind, [&](Values& values, std::int64_t&) {
            values = creation.values;
            return std::visit([](auto made) { return Outcome(std::move(made)); },
                              create_row(connection, creation));
        });
    });
    co_return std::visit(Respond{kind, request.method}, outcome);
}

asio::awaitable<http::Response> change(Database& database, const Kind& kind, http::Request& request,
                                       std::string id) {
    const bool is_removal = request.method == http::verb::delete_;
    auto admitted =
        co_await admit(database, request, is_removal ? Role::admin : Role::editor, !is_removal);
    if (auto* refusal = std::get_if<http::Response>(&admitted)) {
        co_return std::move(*refusal);
    }
    // To its end, even that of a removal, which needs none: a malformed request changes nothing.
    const std::string_view body = co_await request.read_body();
    const Change wanted{.kind = &kind,
                        .id = parse_id(id),
                        .method = request.method,
                        .if_match = list_field_of(request, http::field::if_match),
                        .if_none_match = list_field_of(request, http::field::if_none_match),
                        .body = std::string(body)};
    Outcome outcome = co_await write(
        database, [wanted](Connection& connection) { return write_change(connection, wanted); });
    co_return std::visit(Respond{kind, request.method}, outcome);
}

}  // namespace cookbook::rest_api
