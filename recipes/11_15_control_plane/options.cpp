#include "options.hpp"

#include <boost/json.hpp>
#include <limits>
#include <stdexcept>
#include <utility>

#include "11_01_http_client/message/url.hpp"
#include "11_01_http_client/text_options.hpp"
#include "11_05b_rest_api/database_url.hpp"
#include "11_14_websocket/options.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/options.hpp"
#include "common/cli/output.hpp"
#include "data_folder.hpp"

namespace cookbook::control_plane {
namespace {

void add_data(CLI::App& command, std::filesystem::path& data) {
    command.add_option("--data", data, "The folder with all that the server has")
        ->type_name("DIR")
        ->capture_default_str();
}

/// Empty if it is one.
std::string why_no_database(const std::string& url) {
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://") &&
        !url.starts_with("sqlite:")) {
        return "must begin with postgresql:// or sqlite:";
    }
    try {
        static_cast<void>(rest_api::parse_database_url(url));
        return "";
    } catch (const std::invalid_argument& malformed) {
        return malformed.what();
    }
}

/// The same for a server.
std::string why_no_url(const std::string& text) {
    const auto url = http_client::parse_url(text);
    return url ? "" : url.error().message();
}

/// The lease of an address.
std::string path_of_lease(const ClientSettings& settings) {
    return "/v1/leases" + path_segment(settings.address);
}

asio::awaitable<void> show(Remote remote, Question question) {
    write_output(stdout, co_await ask(std::move(remote), std::move(question)));
}

/// Adds a member to a body, if it is given.
template <typename T>
void set(boost::json::object& body, const char* name, const std::optional<T>& value) {
    if (value) {
        body[name] = *value;
    }
}

Question pool_question(const ClientSettings& settings) {
    Question question{.method = "POST", .path = "/v1/pools"};
    question.body = {{"name", settings.pool}, {"cidr", settings.cidr}, {"note", settings.note}};
    question.body["reserved"] =
        boost::json::array(settings.reserved.begin(), settings.reserved.end());
    set(question.body, "cooldown", settings.cooldown);
    set(question.body, "ttl", settings.ttl);
    return question;
}

Question allocation_question(const ClientSettings& settings) {
    Question question{.method = "POST",
                      .path = "/v1/pools" + path_segment(settings.pool) + "/leases",
                      .counts_once = true};
    question.body = {{"owner", settings.owner}, {"note", settings.note}};
    set(question.body, "ttl", settings.ttl);
    set(question.body, "count", settings.count);
    if (!settings.address.empty()) {
        question.body["address"] = settings.address;
    }
    return question;
}

Question renewal_question(const ClientSettings& settings) {
    Question question{.method = "POST", .path = path_of_lease(settings) + "/renew"};
    question.body["owner"] = settings.owner;
    set(question.body, "ttl", settings.ttl);
    return question;
}

Question release_question(const ClientSettings& settings) {
    return {.method = "DELETE",
            .path = path_of_lease(settings),
            .parameters = {{"owner", settings.owner}}};
}

/// A command that asks one question, which `make` makes of the settings.
CLI::App& add_question(Program& program, CLI::App& client, const ClientSettings& settings,
                       const std::string& name, const std::string& description,
                       Question (*make)(const ClientSettings&)) {
    return program.command(client, name, description,
                           [&settings, make] { return show(settings.remote, make(settings)); });
}

void add_owner(CLI::App& command, ClientSettings& settings) {
    command.add_option("--owner", settings.owner, "Whose it is")->type_name("NAME")->required();
}

void add_times(CLI::App& command, ClientSettings& settings) {
    command.add_option("--ttl", settings.ttl, "Seconds until a lease ends; 0: never");
}

void add_pool_commands(Program& program, CLI::App& client, ClientSettings& settings) {
    add_question(program, client, settings, "pools", "Show all pools",
                 [](const auto&) { return Question{.path = "/v1/pools"}; });
    CLI::App& pool = add_question(program, client, settings, "pool", "Make a pool", pool_question);
    pool.add_option("name", settings.pool, "What it is called")->type_name("NAME")->required();
    pool.add_option("cidr", settings.cidr, "Its network")->type_name("CIDR")->required();
    pool.add_option("--reserved", settings.reserved,
                    "ADDRESS, FIRST-LAST or CIDR that is given to nobody; may come again")
        ->type_name("RANGE")
        ->allow_extra_args(false);
    pool.add_option("--cooldown", settings.cooldown,
                    "Seconds that an address rests after its release");
    add_times(pool, settings);
    pool.add_option("--note", settings.note, "What it is for");
}

void add_lease_commands(Program& program, CLI::App& client, ClientSettings& settings) {
    CLI::App& take =
        add_question(program, client, settings, "allocate", "Take addresses", allocation_question);
    take.add_option("pool", settings.pool, "Of which pool")->type_name("NAME")->required();
    add_owner(take, settings);
    add_times(take, settings);
    take.add_option("--address", settings.address, "This one, not the smallest that is free")
        ->type_name("ADDRESS");
    take.add_option("--count", settings.count, "So many, or none");
    take.add_option("--note", settings.note, "What it is for");

    CLI::App& renew = add_question(program, client, settings, "renew", "Keep an address for longer",
                                   renewal_question);
    add_times(renew, settings);
    CLI::App& release = add_question(program, client, settings, "release", "Give an address back",
                                     release_question);
    CLI::App& find = add_question(
        program, client, settings, "show", "Show who has an address",
        [](const ClientSettings& given) { return Question{.path = path_of_lease(given)}; });
    for (CLI::App* command : {&renew, &release, &find}) {
        command->add_option("address", settings.address, "Which one")
            ->type_name("ADDRESS")
            ->required();
    }
    add_owner(renew, settings);
    add_owner(release, settings);
}

}  // namespace

void add_server(CLI::App& command, ServerOptions& options) {
    add_address(command, options.address);
    command.add_option("--rpc-port", options.rpc_port, "Port of XML-RPC over TLS; 0: a free one")
        ->type_name("PORT")
        ->capture_default_str();
    add_data(command, options.data);
    command
        .add_option("--database", options.database,
                    "postgresql://USER@HOST:PORT/NAME, which several servers may share, or "
                    "sqlite:FILE, instead of DIR/ipam.db")
        ->check(CLI::Validator(why_no_database, ""))
        ->type_name("URL");
    CLI::Option* const cert = command.add_option(
        "--cert", options.cert,
        "Certificate of XML-RPC, then its intermediates, PEM; else the folder's");
    CLI::Option* const key = command.add_option("--key", options.key, "Its private key, PEM");
    cert->type_name("FILE")->needs(key);
    key->type_name("FILE")->needs(cert);
    command
        .add_option("--keep-events", options.keep_events,
                    "Events that are kept for watchers that come back")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}).description(""))
        ->capture_default_str();
    add_seconds(command, "--sweep", options.sweep,
                "How often to look for leases that have expired");
    websocket::add_origins(command, options.origins);
    command.add_flag("--owner-is-cn", options.owner_is_cn,
                     "Over XML-RPC, let a certificate act for the owner of its name only");
    add_http_limits(command, options.limits);
}

void add_certify(Program& program, CertifySettings& settings) {
    CLI::App& command = program.command(
        "certify", "Make a certificate for XML-RPC and print its path",
        [&settings] { print_line(stdout, certify(settings.data, settings.name).string()); });
    http_client::add_one(command, "name", "NAME", "Whose it is",
                         [&settings](const std::string& name) {
                             check_client_name(name);
                             settings.name = name;
                         })
        ->required();
    add_data(command, settings.data);
}

void add_client(Program& program, ClientSettings& settings) {
    CLI::App& client = program.group("client", "Ask a server, or watch what happens");
    client.add_option("--url", settings.remote.url, "Where it is")
        ->check(CLI::Validator(why_no_url, ""))
        ->type_name("URL")
        ->capture_default_str();
    client.add_option("--key-file", settings.remote.key_file, "The file with its key")
        ->type_name("FILE")
        ->capture_default_str();
    add_pool_commands(program, client, settings);
    add_lease_commands(program, client, settings);
    CLI::App& watch = program.command(client, "watch", "Print each event as it comes", [&settings] {
        return print_events(settings.remote, {settings.since, settings.pool}, stdout);
    });
    watch.add_option("--since", settings.since, "After this number; else from now on")
        ->check(
            CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()).description(""));
    watch.add_option("--pool", settings.pool, "Of this pool only")->type_name("NAME");
    for (CLI::App* command : client.get_subcommands({})) {
        command->fallthrough();  // `client pools --url http://…`
    }
}

}  // namespace cookbook::control_plane
