// 11.5b REST API on a database: what needs neither network nor database.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>
#include <vector>

#include "11_05b_rest_api/admission.hpp"
#include "11_05b_rest_api/client.hpp"
#include "11_05b_rest_api/database_url.hpp"
#include "11_05b_rest_api/docs_page.hpp"
#include "11_05b_rest_api/etag.hpp"
#include "11_05b_rest_api/idempotency.hpp"
#include "11_05b_rest_api/openapi.hpp"
#include "11_05b_rest_api/paging.hpp"
#include "11_05b_rest_api/routes.hpp"
#include "11_05b_rest_api/rows.hpp"
#include "11_05b_rest_api/validation.hpp"

using namespace cookbook;
using namespace cookbook::rest_api;
using namespace std::string_literals;

namespace {

Parameters parameters_of(std::string_view query) {
    Parameters parameters;
    rest_interface::add_urlencoded(parameters, query).value();
    return parameters;
}

/// "page per_page", in which the mistakes are; empty if there is none.
std::string wrong_in_query(const Kind& kind, std::string_view text) {
    const auto parsed = parse_list_query(kind, parameters_of(text));
    std::string wrong;
    if (const auto* mistakes = std::get_if<Mistakes>(&parsed)) {
        for (const Mistake& mistake : *mistakes) {
            wrong += (wrong.empty() ? "" : " ") + mistake.where;
        }
    }
    return wrong;
}

ListQuery query_of(const Kind& kind, std::string_view text) {
    return std::get<ListQuery>(parse_list_query(kind, parameters_of(text)));
}

std::string links(std::string_view text, std::int64_t total) {
    return links_of("/products", parameters_of(text), query_of(products, text), total);
}

/// "422 #/price #/name" if a body is refused; "" if it is taken.
std::string refusal_of(const std::variant<Values, BadBody>& parsed) {
    const auto* bad = std::get_if<BadBody>(&parsed);
    if (!bad) {
        return "";
    }
    std::string text = std::to_string(static_cast<unsigned>(bad->status));
    for (const Mistake& mistake : bad->mistakes) {
        text += " " + mistake.where;
    }
    return text;
}

void expect_refusal(const Kind& kind, std::string_view body, std::string_view expected) {
    const std::string refusal = refusal_of(parse_object(kind, body));
    BOOST_TEST(refusal == expected, body << " came to '" << refusal << "', not '" << expected
                                         << "': every mistake is named, and nothing else");
}

/// A product of that price.
std::string priced(std::string_view price) {
    return R"({"name":"x","price":)" + std::string(price) + "}";
}

std::string user(const std::string& name, const std::string& email) {
    return R"({"username":)" + json_string(name) + R"(,"email":)" + json_string(email) + "}";
}

const Values tea = {"Tea", std::int64_t{450}, std::int64_t{3}, "drinks"};

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_api_rules)

// --- Lists ---------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(sorts_by_columns_of_the_list_only) {
    for (const std::string_view column : products.sort_columns) {
        BOOST_TEST(query_of(products, "sort_by=" + std::string(column)).sort_column == column);
    }
    for (const char* column : {"version", "", "ID", "id; DROP TABLE products", "(SELECT 1)",
                               "name COLLATE NOCASE", "category"}) {
        Parameters parameters;
        parameters.add("sort_by", column);
        const auto parsed = parse_list_query(products, parameters);
        BOOST_TEST(std::holds_alternative<Mistakes>(parsed),
                   "sort_by '" << column
                               << "' was taken: a column cannot be bound, so only the "
                                  "names in the list may get into the SQL");
    }
}

BOOST_AUTO_TEST_CASE(binds_each_value) {
    const std::string hostile = "x' OR '1'='1";
    Parameters parameters;
    parameters.add("category", hostile);
    parameters.add("min_price", "0.29");
    const auto query = std::get<ListQuery>(parse_list_query(products, parameters));
    const Clauses clauses = clauses_of(query);
    BOOST_TEST(clauses.where == " WHERE category = :1 AND price >= :2",
               "a value got into the SQL: " << clauses.where);
    BOOST_REQUIRE_EQUAL(clauses.parameters.size(), 2);
    BOOST_TEST(std::get<std::string>(clauses.parameters[0]) == hostile);
    BOOST_TEST(std::get<std::int64_t>(clauses.parameters[1]) == 29, "a price is whole cents");
}

BOOST_AUTO_TEST_CASE(orders_equal_rows_by_their_id) {
    const std::string order = clauses_of(query_of(products, "sort_by=price&sort_order=desc")).order;
    BOOST_TEST(order == " ORDER BY price DESC, id",
               "the order is '" << order
                                << "': rows of one price must come in one order, or a "
                                   "page repeats what another had");
}

BOOST_AUTO_TEST_CASE(names_every_wrong_parameter) {
    for (const auto& [query, wrong] : std::vector<std::pair<std::string, std::string>>{
             {"", ""},
             {"page=1&per_page=100&sort_by=name&sort_order=desc&category=x&min_price=0", ""},
             {"page=9223372036854775807", ""},
             {"page=0", "page"},
             {"page=-1&per_page=0", "page per_page"},
             {"page=9223372036854775808", "page"},
             {"page=1.5&per_page=101&sort_order=up&colour=red", "page per_page sort_order colour"},
             {"page=", "page"},
             {"page=+1", "page"},
             {"page=1&page=2", "page"},
             {"min_price=x&max_price=-1", "min_price max_price"},
             {"min_price=1e999", "min_price"},
             {"min_price=nan", "min_price"},
             {"min_price=0.001", "min_price"},
             {"max_price=999999999.99", ""},
             {"max_price=1000000000", "max_price"},
             {"category=%ff", "category"},
             {"username=x", "username"},
         }) {
        BOOST_TEST(wrong_in_query(products, query) == wrong, query << ": not just " << wrong);
    }
    BOOST_TEST(wrong_in_query(users, "username=x&email=y&sort_by=email") == "");
    BOOST_TEST(wrong_in_query(users, "category=x") == "category");
}

BOOST_AUTO_TEST_CASE(no_page_overflows) {
    constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
    BOOST_TEST(offset_of({.page = 3, .per_page = 10}) == 20);
    BOOST_TEST(offset_of({.page = max, .per_page = 100}) > max - 100,
               "page times per_page has overflowed");
    BOOST_TEST(total_pages(0, 10) == 0);
    BOOST_TEST(total_pages(10, 10) == 1);
    BOOST_TEST(total_pages(11, 10) == 2);
}

BOOST_AUTO_TEST_CASE(links_keep_the_other_parameters) {
    const std::string value = links("category=a%26b&page=2&per_page=10", 25);
    const std::string kept = "</products?category=a%26b&per_page=10&page=";
    BOOST_TEST(value == kept + R"(1>; rel="first", )" + kept + R"(1>; rel="prev", )" + kept +
                            R"(3>; rel="next", )" + kept + R"(3>; rel="last")",
               "Link was " << value
                           << ": the next page of a filtered list is filtered, too, and "
                              "what is encoded stays so");
}

BOOST_AUTO_TEST_CASE(links_end_at_both_ends) {
    const auto has = [](const std::string& value, std::string_view relation) {
        return value.find("rel=\"" + std::string(relation) + "\"") != value.npos;
    };
    BOOST_TEST(!has(links("", 25), "prev"), "before the first page there is none");
    BOOST_TEST(has(links("", 25), "next"), "after the first of three pages there is one");
    BOOST_TEST(!has(links("page=3", 25), "next"), "after the last page there is none");
    BOOST_TEST(!has(links("", 0), "next"), "after the only page there is none");
    BOOST_TEST(next_of(links("page=9", 25)).has_value() == false);
    BOOST_TEST(links("page=9", 25).find(R"(page=3>; rel="prev")") != std::string::npos,
               "from a page past the end it goes back to the last one");
    BOOST_TEST(next_of(links("per_page=20", 25)).value() == "/products?per_page=20&page=2");
}

// --- Bodies --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(names_every_mistake_at_once) {
    expect_refusal(products, R"({"name":"","price":-1,"stock":1.5,"category":7,"a/b~":1})",
                   "422 #/a~1b~0 #/name #/price #/stock #/category");
    expect_refusal(products, R"({"name":"x","price":1,"a b":1,"100%#":1,"é":1,"it's:@":1})",
                   "422 #/a%20b #/100%25%23 #/%C3%A9 #/it's:@");
    expect_refusal(products, "{}", "422 #/name #/price");
    expect_refusal(users, R"({"username":"a b","email":"x"})", "422 #/username #/email");
    expect_refusal(products, "[1]", "422 #");
    expect_refusal(products, "{", "400");
    expect_refusal(products, "", "400");
    expect_refusal(products, "{\"name\":\"\xff\"}", "400");
    expect_refusal(products, R"({"name":"\ud800","price":1})", "400");
}

BOOST_AUTO_TEST_CASE(takes_what_is_missing_as_its_default) {
    const auto values = std::get<Values>(parse_object(
        products, R"({"id":9,"created_at":1,"updated_at":null,"name":"Tea","price":4.5})"));
    BOOST_TEST(std::get<std::string>(values[0]) == "Tea");
    BOOST_TEST(std::get<std::int64_t>(values[1]) == 450);
    BOOST_TEST(std::get<std::int64_t>(values[2]) == 0, "stock is 0 if nobody says otherwise");
    BOOST_TEST(values[3].index() == 0, "category is null if nobody says otherwise");
}

BOOST_AUTO_TEST_CASE(knows_the_rules_of_each_member) {
    const std::string name64(64, 'n');
    const std::string email254 = std::string(252, 'e') + "@x";
    for (const auto& [body, refusal] : std::vector<std::pair<std::string, std::string>>{
             {user("A_z.0-9", "a@b"), ""},
             {user(name64, email254), ""},
             {user(name64 + "n", email254 + "x"), "422 #/username #/email"},
             {user("", "a@@b"), "422 #/username #/email"},
             {user("ü", "a b@c"), "422 #/username #/email"},
             {user("a", "@ab"), "422 #/email"},
             {user("a", "ab@"), "422 #/email"},
             {user("a", std::string("a\0@b", 4)), "422 #/email"},
         }) {
        expect_refusal(users, body, refusal);
    }
    std::string characters;
    for (int i = 0; i < 200; ++i) {
        characters += "é";
    }
    expect_refusal(products, R"({"name":")" + characters + R"(","price":1})", "");
    expect_refusal(products, R"({"name":")" + characters + R"(é","price":1})", "422 #/name");
    expect_refusal(products, R"({"name":"a\u0000b","price":1})", "422 #/name");
    expect_refusal(products, R"({"name":"a\u0085b","price":1})", "422 #/name");
    expect_refusal(products, R"({"name":"a","price":1,"stock":2147483647,"category":null})", "");
    expect_refusal(products, R"({"name":"a","price":1,"stock":2147483648,"category":""})",
                   "422 #/stock #/category");
    expect_refusal(products, R"({"name":"a","price":1,"stock":null})", "422 #/stock");
    expect_refusal(products, R"({"name":"a","price":1,"stock":5.0})", "");
    expect_refusal(products, R"({"name":true,"price":true,"stock":true})",
                   "422 #/name #/price #/stock");
}

BOOST_AUTO_TEST_CASE(prices_are_whole_cents) {
    for (const auto& [text, cents] :
         std::vector<std::pair<std::string, std::int64_t>>{{"0", 0},
                                                           {"0.29", 29},
                                                           {"1.1", 110},
                                                           {"19.99", 1999},
                                                           {"999999999.99", 99'999'999'999},
                                                           {"1e2", 10'000}}) {
        const auto parsed = parse_object(products, priced(text));
        BOOST_REQUIRE_MESSAGE(std::holds_alternative<Values>(parsed), text << " was refused");
        BOOST_TEST(std::get<std::int64_t>(std::get<Values>(parsed)[1]) == cents,
                   text << " did not become " << cents << " cents");
    }
    for (const char* text : {"0.001", "1.999", "-0.01", "999999999.999", "1000000000", "1e999",
                             "-1e999", "\"1\"", "null"}) {
        expect_refusal(products, priced(text), "422 #/price");
    }
    for (std::int64_t cents = 0; cents < 2'000'000; cents += 7) {
        const double price = std::stod(cents_text(cents));
        BOOST_REQUIRE_EQUAL(cents_of(price).value_or(-1), cents);
    }
    BOOST_TEST(cents_text(1999) == "19.99");
    BOOST_TEST(cents_text(1990) == "19.9");
    BOOST_TEST(cents_text(2000) == "20");
    BOOST_TEST(cents_text(5) == "0.05");
}

BOOST_AUTO_TEST_CASE(a_patch_changes_what_it_names) {
    const auto patched = std::get<Values>(apply_patch(products, tea, R"({"price":5})"));
    BOOST_TEST(std::get<std::string>(patched[0]) == "Tea");
    BOOST_TEST(std::get<std::int64_t>(patched[1]) == 500);
    const auto removed =
        std::get<Values>(apply_patch(products, tea, R"({"stock":null,"category":null})"));
    BOOST_TEST(std::get<std::int64_t>(removed[2]) == 0, "null removes: the default is left");
    BOOST_TEST(removed[3].index() == 0);
    BOOST_TEST(refusal_of(apply_patch(products, tea, R"({"name":null,"price":"x","y":1})")) ==
               "422 #/y #/name #/price");
    BOOST_TEST(refusal_of(apply_patch(products, tea, "{}")) == "");
    BOOST_TEST(refusal_of(apply_patch(products, tea, "7")) == "422 #");
}

BOOST_AUTO_TEST_CASE(writes_rows_as_json) {
    const Row row{.id = 7, .version = 1, .created_at = "c", .updated_at = "u", .values = tea};
    BOOST_TEST(to_json(products, row) ==
               R"({"id":7,"name":"Tea","price":4.5,"stock":3,"category":"drinks",)"
               R"("created_at":"c","updated_at":"u"})");
    Row hostile = row;
    hostile.values = {"\"\\</script>\n", std::int64_t{1}, std::int64_t{0}, Value()};
    const auto object = boost::json::parse(to_json(products, hostile)).as_object();
    BOOST_TEST(object.at("name").as_string() == "\"\\</script>\n");
    BOOST_TEST(object.at("category").is_null());
}

// --- Conditions, keys, ids -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(compares_entity_tags) {
    struct Comparison {
        std::string condition;
        bool matches;   // If-Match, strongly
        bool is_known;  // If-None-Match, weakly
    };
    for (const auto& [condition, matches, is_known] : std::vector<Comparison>{
             {"", false, false},
             {", ", false, false},
             {"*", true, true},
             {" * ", true, true},
             {"\"7\"", true, true},
             {"W/\"7\"", false, true},
             {"\"6\", \"7\"", true, true},
             {"\"6\",,\t\"7\" ", true, true},
             {"\"a,b\", \"7\"", true, true},
             {"\"6\"", false, false},
             {"\"77\"", false, false},
             {"7", false, false},
             {"\"7", false, false},
             {"\"7\" \"8\"", false, false},
             {"\"7\", x", false, false},
             {"**", false, false},
             {"w/\"7\"", false, false},
         }) {
        BOOST_TEST(if_match_holds(condition, 7) == matches, "If-Match: " << condition);
        BOOST_TEST(is_not_modified(condition, 7) == is_known, "If-None-Match: " << condition);
    }
    BOOST_TEST(etag_of(7) == "\"7\"");
}

BOOST_AUTO_TEST_CASE(takes_ids_as_it_writes_them) {
    BOOST_TEST(parse_id("1").value() == 1);
    BOOST_TEST(parse_id("9223372036854775807").value() == std::numeric_limits<std::int64_t>::max());
    for (const char* text : {"", "0", "-1", "+1", "01", "1x", " 1", "9223372036854775808", "1e1"}) {
        BOOST_TEST(!parse_id(text).has_value(), text << " is no id");
    }
}

BOOST_AUTO_TEST_CASE(knows_idempotency_keys) {
    BOOST_TEST(is_idempotency_key("a"));
    BOOST_TEST(is_idempotency_key(std::string(255, 'k')));
    BOOST_TEST(!is_idempotency_key(""));
    BOOST_TEST(!is_idempotency_key(std::string(256, 'k')));
    BOOST_TEST(!is_idempotency_key("caf\xc3\xa9"));
}

// --- URLs of databases, the client's texts -------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_urls_of_databases_apart) {
    const DatabaseUrl file = parse_database_url("sqlite:a b=c.db");
    BOOST_TEST(!file.is_postgresql);
    BOOST_TEST(file.connection == "dbname=\"a b=c.db\"");
    BOOST_TEST(parse_database_url("x.db").name == "sqlite:x.db");
    const DatabaseUrl url =
        parse_database_url("postgresql://me:p%27w%3D%20d@db.example:5433/shop?sslmode=require");
    BOOST_TEST(url.is_postgresql);
    BOOST_TEST(url.name == "postgresql://db.example:5433/shop", "a password is not for messages");
    BOOST_TEST(url.connection.find("password='p\\'w= d' ") != std::string::npos);
    BOOST_TEST(url.connection.ends_with(" dbname='shop'"), "SOCI cuts the last pair at a blank");
    for (const char* text :
         {"", "sqlite:", "sqlite::memory:", "postgresql://me@host/", "postgresql://host/a%20b",
          "postgresql://h:x/?nonsense=1", "postgres://%zz/x"}) {
        BOOST_CHECK_THROW((void)parse_database_url(text), std::invalid_argument);
    }
}

BOOST_AUTO_TEST_CASE(makes_objects_of_the_command_line) {
    BOOST_TEST(object_of("products", {"name=12", "price=19.99", "stock=x", "category=a=b"}) ==
               R"({"name":"12","price":19.99,"stock":"x","category":"a=b"})");
    BOOST_TEST(object_of("users", {}) == "{}");
    BOOST_TEST(object_of("nothing", {"price=1"}) == R"({"price":"1"})");
    BOOST_CHECK_THROW((void)object_of("users", {"name"}), std::invalid_argument);
    BOOST_CHECK_THROW((void)object_of("users", {"=x"}), std::invalid_argument);
}

// --- Documents -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_document_has_every_route_and_rule) {
    const auto document = boost::json::parse(openapi_document());
    BOOST_TEST(document.at("openapi").as_string() == "3.1.0");
    const auto& paths = document.at("paths").as_object();
    for (const Route& route : routes()) {
        BOOST_TEST(paths.contains(route.path), route.path << " is not described");
    }
    for (const char* method : {"put", "patch", "delete"}) {
        BOOST_TEST(boost::json::serialize(paths.at("/users/{id}").at(method).at("parameters"))
                           .find(R"("If-None-Match","in":"header")") != std::string::npos,
                   method << " takes If-None-Match, and the document does not say so");
    }
    const auto& price = document.at_pointer("/components/schemas/ProductInput/properties/price");
    BOOST_TEST(price.at("maximum").as_double() == 999'999'999.99);
    BOOST_TEST(docs_page().find("http:") == std::string::npos, "the page loads from elsewhere");
    BOOST_TEST(docs_page().find("/products/{id}") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
