// 11.5b REST API on a database: connections, transactions, migrations, and what SOCI does.
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "11_05b_rest_api/rows.hpp"
#include "11_05b_rest_api/schema.hpp"
#include "11_05b_rest_api/transaction.hpp"
#include "11_05b_rest_api_postgresql.hpp"
#include "11_05b_rest_api_service.hpp"
#include "common/async/task_group.hpp"
#include "support/log.hpp"

using namespace cookbook;
using namespace cookbook::rest_api;
using namespace cookbook::testing;

namespace {

constexpr std::array one_number = {Type::integer};
constexpr std::array one_text = {Type::text};

std::int64_t number_in(Connection& connection, const std::string& sql) {
    return std::get<std::int64_t>(connection.select(sql, {}, one_number).at(0).at(0));
}

const Values coffee = {"Coffee", std::int64_t{250}, std::int64_t{1}, Value()};
const std::string coffee_body = R"({"name":"Coffee","price":2.5})";

/// What one must say in which words, or "" if nothing is thrown.
template <typename Function>
std::string complaint_of(Function function) {
    try {
        function();
        return "";
    } catch (const DatabaseError& error) {
        return error.what();
    }
}

/// Makes each commit fail that follows an insertion into `table`: its foreign key is checked then.
void break_commits(Connection& connection, const std::string& table) {
    connection.run("CREATE TABLE parents (id INTEGER PRIMARY KEY)");
    connection.run(
        "CREATE TABLE orphans (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY "
        "DEFERRED)");
    connection.run("CREATE TRIGGER orphan AFTER INSERT ON " + table +
                   " BEGIN INSERT INTO orphans VALUES (999); END");
}

/// As long as it lives, this process may open one more descriptor.
class OneDescriptor {
public:
    OneDescriptor() {
        const int next = ::dup(STDERR_FILENO);
        ::close(next);
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit one = before_;
        one.rlim_cur = static_cast<rlim_t>(next) + 1;
        ::setrlimit(RLIMIT_NOFILE, &one);
    }
    ~OneDescriptor() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    OneDescriptor(const OneDescriptor&) = delete;
    OneDescriptor& operator=(const OneDescriptor&) = delete;

private:
    rlimit before_{};
};

asio::awaitable<bool> block(Database& database, std::shared_future<void> released) {
    const std::function<bool(Connection&)> wait = [released](Connection&) {
        released.wait();
        return true;
    };
    return database.read(wait);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_api_database)

DATABASE_CASE(values_come_back_as_they_went) {
    const auto connection = open_database(url);
    connection->run("CREATE TABLE probe (number BIGINT, content TEXT)");
    const std::vector<Values> rows = {
        {(std::int64_t{1} << 62) + 1, "x"},
        {std::int64_t{-1}, Value()},
        {Value(), ""},
        {std::int64_t{0}, "'; DROP TABLE probe; -- \xf0\x9f\x8d\xb5 \\ :1"}};
    for (const Values& row : rows) {
        connection->execute("INSERT INTO probe (number, content) VALUES (:1, :2)", row);
    }
    constexpr std::array columns = {Type::integer, Type::text};
    const auto found = connection->select("SELECT number, content FROM probe", {}, columns);
    BOOST_TEST((found == rows), "numbers of 64 bits, texts and NULLs must survive");
    co_return;
}

DATABASE_CASE(changes_a_row_in_the_version_that_was_read_only) {
    const auto connection = open_database(url);
    Row row;
    {
        Transaction transaction(*connection, Transaction::Kind::write);
        row = insert_row(*connection, products, coffee);
        transaction.commit();
    }
    const auto other = open_database(url);
    const Row seen_by_other = find_row(*other, products, row.id).value();
    const auto first = update_row(*connection, products, row, coffee);
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(first->version == 2);
    BOOST_TEST(find_row(*connection, products, row.id).value().version == 2,
               "a change counts the version up, in the database");
    BOOST_TEST(!update_row(*other, products, seen_by_other, coffee).has_value(),
               "both have read version 1, and both have changed it: one change is lost");
    BOOST_TEST(!delete_row(*other, products, seen_by_other));
    BOOST_TEST(delete_row(*other, products, *first));
    co_return;
}

DATABASE_CASE(a_transaction_that_is_not_committed_leaves_nothing) {
    const auto connection = open_database(url);
    {
        Transaction transaction(*connection, Transaction::Kind::write);
        (void)insert_row(*connection, products, coffee);
    }
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM products") == 0);
    co_return;
}

DATABASE_CASE(errors_name_the_constraint_and_no_value) {
    const auto connection = open_database(url);
    const Values ann = {"secret.name", "\"users_username_key\"@x"};
    (void)insert_row(*connection, users, ann);
    try {
        (void)insert_row(*connection, users, {"other", ann[1]});
        BOOST_ERROR("an email came twice");
    } catch (const DatabaseError& error) {
        BOOST_TEST(error.constraint == "users.email");
        BOOST_TEST(std::string(error.what()).find("@x") == std::string::npos, error.what());
    }
    const std::string complaint =
        complaint_of([&] { connection->execute("INSERT INTO nothing VALUES (:1)", {"secret"}); });
    BOOST_TEST(!complaint.empty());
    BOOST_TEST(complaint.find("secret") == std::string::npos, complaint);
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM users") == 1,
               "the connection is of use after an error");
    co_return;
}

DATABASE_CASE(migrates_once_whoever_comes) {
    std::vector<std::thread> programs;
    std::atomic<int> failures = 0;
    for (int i = 0; i < 2; ++i) {
        programs.emplace_back([&] {
            try {
                (void)open_database(url);
            } catch (const DatabaseError&) {
                ++failures;
            }
        });
    }
    for (std::thread& program : programs) {
        program.join();
    }
    BOOST_TEST(failures == 0, "programs that start at once wait for each other");
    const auto connection = open_database(url);
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM schema_migrations") ==
               schema_version());
    connection->execute("INSERT INTO schema_migrations (version, applied_at) VALUES (:1, :2)",
                        {std::int64_t{99}, "then"});
    const std::string complaint = complaint_of([&] { (void)open_database(url); });
    BOOST_TEST(complaint.find("version 99") != std::string::npos, complaint);
    BOOST_TEST(complaint.find("knows " + std::to_string(schema_version())) != std::string::npos,
               complaint);
    co_return;
}

DATABASE_CASE(a_snapshot_sees_one_state) {
    const auto reader = open_database(url);
    const auto writer = open_database(url);
    Transaction snapshot(*reader, Transaction::Kind::snapshot);
    BOOST_TEST(number_in(*reader, "SELECT COUNT(*) FROM products") == 0);
    (void)insert_row(*writer, products, coffee);
    BOOST_TEST(number_in(*reader, "SELECT COUNT(*) FROM products") == 0);
    snapshot.commit();
    BOOST_TEST(number_in(*reader, "SELECT COUNT(*) FROM products") == 1,
               "a statement that has been read to its end keeps no state");
    co_return;
}

DATABASE_CASE(what_was_interrupted_stays_so) {
    const auto connection = open_database(url);
    {
        const Transaction transaction(*connection, Transaction::Kind::write);
        (void)insert_row(*connection, products, coffee);
        connection->interrupt();
        BOOST_CHECK_THROW((void)insert_row(*connection, products, coffee), DatabaseError);
    }
    BOOST_CHECK_THROW(connection->run("BEGIN"), DatabaseError);
    connection->ensure_alive();
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM products") == 0,
               "a transaction that was interrupted is rolled back");
    co_return;
}

// --- SQLite --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(says_nothing_before_the_commit) {
    const TemporaryFolder folder;
    const std::string url = folder.file("rest_api.db");
    const Service service(url);
    break_commits(*open_database(url), "products");
    const Log log;
    const Response response = co_await service.post("/products", coffee_body);
    BOOST_TEST(response.status == 503, "the commit has failed, and the client was told "
                                           << response.status
                                           << ": it believes that there is a row");
    BOOST_TEST(response.body.find("FOREIGN") == std::string::npos);
    BOOST_TEST(log.text().find("constraint failed id=" + response.field("X-Request-Id")) !=
                   std::string::npos,
               "the log's lines on a request have its id: " << log.text());
    BOOST_TEST((co_await service.get("/products")).json().at("pagination").at("total").as_int64() ==
               0);
}

ASYNC_TEST_CASE(stores_the_key_and_the_row_together) {
    const TemporaryFolder folder;
    const std::string url = folder.file("rest_api.db");
    const Service service(url);
    const auto connection = open_database(url);
    connection->run(
        "CREATE TRIGGER refusal BEFORE UPDATE ON idempotency_keys BEGIN SELECT RAISE(ABORT, 'no'); "
        "END");
    const Headers key = {{"Idempotency-Key", "k"}};
    BOOST_TEST((co_await service.post("/products", coffee_body, key)).status == 503);
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM products") == 0,
               "the row is there and its key is not: the same request again makes a second row");
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM idempotency_keys") == 0,
               "the key is there and its row is not: the same request again makes none");
    connection->run("DROP TRIGGER refusal");
    BOOST_TEST((co_await service.post("/products", coffee_body, key)).status == 201);
}

BOOST_AUTO_TEST_CASE(sqlite_is_as_safe_as_it_can_be) {
    const TemporaryFolder folder;
    const auto connection = open_database("sqlite:" + folder.file("a b=c.db"));
    BOOST_TEST(std::filesystem::exists(folder.file("a b=c.db")));
    BOOST_TEST(number_in(*connection, "PRAGMA synchronous") == 2, "FULL");
    BOOST_TEST(number_in(*connection, "PRAGMA foreign_keys") == 1);
    BOOST_TEST(std::get<std::string>(
                   connection->select("PRAGMA journal_mode", {}, one_text).at(0).at(0)) == "wal");
}

ASYNC_TEST_CASE(a_database_that_is_closed_is_one_file) {
    const TemporaryFolder folder;
    const std::string path = folder.file("rest_api.db");
    {
        const Service service(path);
        BOOST_TEST((co_await service.post("/products", coffee_body)).status == 201);
        BOOST_TEST((co_await service.get("/products")).status == 200);
        BOOST_TEST(std::filesystem::exists(path + "-wal"));
    }
    BOOST_TEST(!std::filesystem::exists(path + "-wal"),
               "what was committed is in another file, and a copy of this one lacks it");
}

BOOST_AUTO_TEST_CASE(opens_a_new_database_while_another_program_writes) {
    const TemporaryFolder folder;
    const std::string path = folder.file("rest_api.db");
    soci::session other(soci::sqlite3, "dbname=" + path);
    other << "PRAGMA busy_timeout = 20000";
    other << "CREATE TABLE numbers (number INTEGER)";  // not yet in WAL
    other << "BEGIN IMMEDIATE";
    std::atomic<bool> begins = false;
    std::string complaint;
    std::thread opening([&] {
        begins = true;
        begins.notify_all();
        complaint = complaint_of([&] { (void)open_database(path); });
    });
    begins.wait(false);
    other << "INSERT INTO numbers VALUES (1)";
    std::this_thread::sleep_for(100ms);  // the other one tries meanwhile
    other << "COMMIT";
    opening.join();
    BOOST_TEST(complaint == "", "SQLite refuses WAL at once, whatever the busy timeout");
}

BOOST_AUTO_TEST_CASE(a_write_after_a_read_waits_for_another_writer) {
    const TemporaryFolder folder;
    const std::string url = folder.file("rest_api.db");
    const auto first = open_database(url);
    const auto second = open_database(url);
    std::thread writer;
    {
        Transaction transaction(*first, Transaction::Kind::write);
        (void)insert_row(*first, products, coffee);
        writer = std::thread([&] {
            Transaction other(*second, Transaction::Kind::write);
            (void)number_in(*second, "SELECT COUNT(*) FROM products");
            (void)insert_row(*second, products, coffee);
            other.commit();
        });
        transaction.commit();
    }
    writer.join();
    BOOST_TEST(number_in(*first, "SELECT COUNT(*) FROM products") == 2);
}

BOOST_AUTO_TEST_CASE(says_why_a_database_is_of_no_use) {
    const TemporaryFolder folder;
    const std::string no_folder =
        complaint_of([&] { (void)open_database(folder.file("none/rest_api.db")); });
    BOOST_TEST(no_folder.find("unable to open database file") != std::string::npos, no_folder);
    std::ofstream(folder.file("text")) << std::string(4096, 'x');
    BOOST_TEST(complaint_of([&] { (void)open_database(folder.file("text")); }) ==
               "sqlite:" + folder.file("text") + ": file is not a database");
    const std::string refused = complaint_of(
        [&] { (void)open_database("postgresql://me:secret@/shop?host=" + folder.file("")); });
    BOOST_TEST(!refused.empty());
    BOOST_TEST(refused.find("secret") == std::string::npos, refused);
    BOOST_TEST(refused.find('\n') == std::string::npos, refused);
}

// --- Workers -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(work_that_takes_too_long_is_left) {
    const TemporaryFolder folder;
    Database database({.url = folder.file("rest_api.db"),
                       .connections = 2,
                       .limit = std::chrono::seconds(60),
                       .ready_limit = std::chrono::milliseconds(50)});
    std::promise<void> release;  // destroyed, it releases too
    const std::shared_future<void> released = release.get_future().share();
    std::string complaint;
    const auto wait = [&]() -> asio::awaitable<void> {
        try {
            co_await database.check();
        } catch (const DatabaseError& error) {
            complaint = error.what();
        }
        release.set_value();
    };
    TaskGroup group(co_await this_coro::executor);
    const auto blocked = [&]() -> asio::awaitable<void> {
        BOOST_TEST(co_await block(database, released));
    };
    group.spawn(blocked());
    group.spawn(wait());
    co_await group.join();
    BOOST_TEST(complaint == "no response in time");
    BOOST_TEST(co_await block(database, released), "the connection is of use afterwards");
}

ASYNC_TEST_CASE(the_queue_for_the_database_is_limited) {
    const TemporaryFolder folder;
    Database database({.url = folder.file("rest_api.db"), .connections = 2, .max_queue = 1});
    std::promise<void> release;  // destroyed, it releases too
    const std::shared_future<void> released = release.get_future().share();
    int refused = 0;
    TaskGroup group(co_await this_coro::executor);
    const auto wait = [&]() -> asio::awaitable<void> {
        try {
            co_await block(database, released);
        } catch (const DatabaseError&) {
            if (++refused == 1) {
                release.set_value();
            }
        }
    };
    for (int i = 0; i < 3; ++i) {
        group.spawn(wait());
    }
    co_await group.join();
    BOOST_TEST(refused >= 1, "one is under way and one waits: the third is refused");
}

// --- PostgreSQL ----------------------------------------------------------------------------------

static asio::awaitable<void> restart_the_database() {
    PostgreSqlServer server(co_await this_coro::executor);
    if (!co_await server.start()) {
        co_return;
    }
    const Service service(server.create("shop"));
    BOOST_TEST((co_await service.post("/products", coffee_body)).status == 201);
    co_await server.order("stop");
    const Response down = co_await service.get("/products");
    BOOST_TEST(down.status == 503);
    BOOST_TEST(down.field("Content-Type") == "application/problem+json");
    BOOST_TEST((co_await service.get("/ready")).status == 503);
    BOOST_TEST((co_await service.get("/health")).status == 200);
    co_await server.order("start");
    for (int i = 0; i < 8; ++i) {
        BOOST_TEST((co_await service.get("/products")).status == 200,
                   "a connection of before the restart was used");
        BOOST_TEST((co_await service.post("/products", coffee_body)).status == 201);
    }
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(a_database_that_comes_back_is_of_use_at_once) {
    run_async_case(restart_the_database, 300s);
}

static asio::awaitable<void> fail_in_a_transaction() {
    PostgreSqlServer server(co_await this_coro::executor);
    if (!co_await server.start()) {
        co_return;
    }
    const auto connection = open_database(server.create("shop"));
    const Values ann = {"ann", "ann@x"};
    (void)insert_row(*connection, users, ann);
    const std::string complaint = complaint_of([&] {
        Transaction transaction(*connection, Transaction::Kind::write);
        (void)insert_row(*connection, users, ann);
    });
    BOOST_TEST(!complaint.empty(), "a user came twice");
    BOOST_TEST(number_in(*connection, "SELECT COUNT(*) FROM pg_prepared_statements") == 1,
               "the server keeps statements that nobody can use any more, besides this one");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(a_statement_that_fails_is_left_in_no_server) {
    run_async_case(fail_in_a_transaction, 300s);
}

static asio::awaitable<void> run_out_of_descriptors() {
    PostgreSqlServer server(co_await this_coro::executor);
    if (!co_await server.start()) {
        co_return;
    }
    const DatabaseUrl url = parse_database_url(server.create("shop"));
    std::string complaint;
    {
        const OneDescriptor limit;
        complaint = complaint_of([&] { Connection connection(url); });
    }
    BOOST_TEST(complaint == url.name + ": there are no more descriptors",
               "nothing could interrupt this connection: " << complaint);
    BOOST_TEST(complaint_of([&] { Connection connection(url); }) == "");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(a_connection_that_cannot_be_interrupted_is_none) {
    run_async_case(run_out_of_descriptors, 300s);
}

BOOST_AUTO_TEST_SUITE_END()
