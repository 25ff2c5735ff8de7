#include "options.hpp"

#include <fmt/format.h>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/cli/http_options.hpp"
#include "common/cli/options.hpp"
#include "common/cli/output.hpp"
#include "common/net/secret.hpp"

namespace cookbook::rest_api {
namespace {

/// What a server has sent, ending its last line if it has not.
void print_text(const std::string& text) {
    write_output(stdout, text + (text.empty() || text.ends_with('\n') ? "" : "\n"));
}

std::string api_key(const ClientSettings& settings) {
    const auto key = settings.key_file.empty() ? Key::from_environment("LAB_API_KEY")
                                               : std::optional(Key::from_file(settings.key_file));
    return key ? std::string(key->bytes().begin(), key->bytes().end()) : "";
}

/// A segment of a path, "/7", whatever the text is: "../users" is an id that nothing has.
std::string segment(const std::string& text) {
    return "/" + boost::urls::encode(text, boost::urls::unreserved_chars);
}

std::string path_of(const ClientSettings& settings) {
    return segment(settings.kind) + (settings.id.empty() ? "" : segment(settings.id));
}

asio::awaitable<void> show(HostPort server, Call call) {
    print_text(co_await send(std::move(server), std::move(call)));
}

asio::awaitable<void> list_rows(const ClientSettings& settings) {
    Call call{.path = path_of(settings)};
    for (const auto& [name, value] : {std::pair("page", settings.page),
                                      {"per_page", settings.per_page},
                                      {"sort_by", settings.sort_by},
                                      {"sort_order", settings.sort_order}}) {
        if (!value.empty()) {
            call.parameters.emplace_back(name, value);
        }
    }
    for (const std::string& filter : settings.filters) {
        call.parameters.push_back(name_and_value(filter));
    }
    print_text(settings.all ? co_await send_for_all(settings.server, call, settings.kind)
                            : co_await send(settings.server, call));
}

asio::awaitable<void> write_row(const ClientSettings& settings, std::string method) {
    const bool has_body = method != "DELETE";
    const std::string object =
        settings.json.empty() ? object_of(settings.kind, settings.values) : settings.json;
    return show(settings.server, {.method = std::move(method),
                                  .path = path_of(settings),
                                  .body = has_body ? object : "",
                                  .key = api_key(settings),
                                  .if_match = settings.if_match});
}

/// A command of the client that concerns a kind.
CLI::App& add_command(Program& program, CLI::App& client, ClientSettings& settings,
                      const std::string& name, const std::string& description,
                      const Program::Body& body) {
    CLI::App& command = program.command(client, name, description, body);
    command.add_option("kind", settings.kind, "users or products")->type_name("KIND")->required();
    return command;
}

/// Empty if it is NAME=VALUE.
std::string why_no_pair(const std::string& text) try {
    static_cast<void>(name_and_value(text));
    return "";
} catch (const std::invalid_argument& failure) {
    return failure.what();
}

/// Empty if a key may have this name.
std::string why_no_key_name(const std::string& text) try {
    check_key_name(text);
    return "";
} catch (const std::invalid_argument& failure) {
    return failure.what();
}

void add_writing(Program& program, CLI::App& client, ClientSettings& settings,
                 const std::string& name, const std::string& description,
                 const std::string& method) {
    CLI::App& command = add_command(program, client, settings, name, description,
                                    [&settings, method] { return write_row(settings, method); });
    if (method != "POST") {
        command.add_option("id", settings.id, "Which one")->type_name("ID")->required();
        // Of an option that is optional<string>, CLI11 would take "" for none: any ETag would do.
        command.add_option_function<std::string>(
            "--if-match", [&settings](const std::string& etag) { settings.if_match = etag; },
            "ETag that it must still have, quotes included");
    }
    if (method != "DELETE") {
        CLI::Option* const values = command.add_option("values", settings.values, "Its members")
                                        ->type_name("NAME=VALUE")
                                        ->check(is_utf8_text())
                                        ->check(CLI::Validator(why_no_pair, ""));
        command.add_option("--json", settings.json, "The members as JSON instead")
            ->type_name("JSON")
            ->check(is_utf8_text())
            ->excludes(values);
    }
}

}  // namespace

void add_server(CLI::App& command, HostPort& address, Options& options) {
    add_address(command, address);
    add_http_limits(command, options.limits);
    command
        .add_option("--database", options.database.url,
                    "PATH, sqlite:PATH or postgresql://USER@HOST:PORT/NAME")
        ->type_name("URL")
        ->capture_default_str();
    add_count(command, "--database-connections", options.database.connections,
              "Connections to the database");
    add_count(command, "--max-requests", options.max_requests, "Requests at once; more get 503");
    add_cors(command, options.origin);
}

void add_client(Program& program, ClientSettings& settings) {
    const auto ask_health = [&settings] { return show(settings.server, {.path = "/health"}); };
    CLI::App& client = program.command("client", "Talk to a server", ask_health);
    add_address(client, settings.server);
    client
        .add_option("--key-file", settings.key_file,
                    "File with the API key, instead of LAB_API_KEY")
        ->type_name("FILE");
    program.command(client, "health", "Ask whether it runs", ask_health);

    CLI::App& list = add_command(program, client, settings, "list", "Show those of a kind",
                                 [&settings] { return list_rows(settings); });
    list.add_option("--page", settings.page, "Which page")->type_name("N");
    list.add_option("--per-page", settings.per_page, "How many on a page")->type_name("N");
    list.add_option("--sort-by", settings.sort_by, "Member to sort by")->type_name("MEMBER");
    list.add_option("--sort-order", settings.sort_order, "asc or desc")->type_name("ORDER");
    list.add_option("--filter", settings.filters, "Only those with this")
        ->type_name("NAME=VALUE")
        ->check(CLI::Validator(why_no_pair, ""))
        ->allow_extra_args(false);  // or it would take KIND, too
    list.add_flag("--all", settings.all, "All pages, one object a line");

    CLI::App& get = add_command(program, client, settings, "get", "Show one", [&settings] {
        return show(settings.server, {.path = path_of(settings)});
    });
    get.add_option("id", settings.id, "Which one")->type_name("ID")->required();

    add_writing(program, client, settings, "create", "Make one", "POST");
    add_writing(program, client, settings, "update", "Change members of one", "PATCH");
    add_writing(program, client, settings, "replace", "Replace one", "PUT");
    add_writing(program, client, settings, "delete", "Delete one", "DELETE");
    for (CLI::App* command : client.get_subcommands({})) {
        command->fallthrough();  // `client list users --port 5000`
    }
}

void add_key_commands(Program& program, KeySettings& settings) {
    CLI::App& keys = program.group("key", "Say who may write");
    CLI::App& add = program.command(keys, "add", "Make a key and print it, once", [&settings] {
        print_line(stdout,
                   add_key(*open_database(settings.database), {settings.name, settings.role}));
    });
    CLI::App& list = program.command(keys, "list", "Show names and roles", [&settings] {
        for (const KeyOwner& owner : list_keys(*open_database(settings.database))) {
            print_line(stdout, fmt::format("{} {}", owner.name, to_string(owner.role)));
        }
    });
    CLI::App& revoke = program.command(keys, "revoke", "Take a key back", [&settings] {
        revoke_key(*open_database(settings.database), settings.name);
    });
    for (CLI::App* command : {&add, &list, &revoke}) {
        command->add_option("--database", settings.database, "As the server's")
            ->type_name("URL")
            ->capture_default_str();
    }
    for (CLI::App* command : {&add, &revoke}) {
        command->add_option("name", settings.name, "Whose key")->type_name("NAME")->required();
    }
    add.get_option("name")->check(CLI::Validator(why_no_key_name, ""));
    add_choice(add, "--role", settings.role,
               Choices<Role>{{"editor", Role::editor}, {"admin", Role::admin}},
               "What it may do: an admin also deletes");
}

}  // namespace cookbook::rest_api
