#include "options.hpp"

#include <cstdint>
#include <exception>
#include <limits>
#include <stdexcept>

#include "arguments.hpp"
#include "common/cli/options.hpp"
#include "message/multipart_body.hpp"
#include "message/url.hpp"
#include "request_head.hpp"
#include "text_options.hpp"

namespace cookbook::http_client {
namespace {

void add_target(CLI::App& command, ClientSettings& settings) {
    const auto set_method = [&](const std::string& text) {
        settings.request.method = text;
        check(settings.request);
    };
    const auto add_url = [&](const std::string& text) {
        const auto url = parse_url(text);
        if (!url) {
            throw std::invalid_argument(url.error().message());
        }
        settings.urls.push_back(text);
    };
    add_one(command, "METHOD", "", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, …", set_method)
        ->required();
    add_each(command, "URL", "", "Each gets the same request, in one session", add_url)
        ->required()
        ->expected(-1);
}

void add_request(CLI::App& command, Request& request) {
    add_each(command, "-p,--param", "NAME=VALUE", "Add to the URL's query",
             [&](const std::string& text) { request.params.push_back(to_name_value(text)); });
    add_each(command, "-H,--header", "'NAME: VALUE'",
             "Send a field, in the place of a default; 'NAME:' removes one",
             [&](const std::string& text) { add_header(request, text); });
    add_one(command, "-u,--user", "USER:PASSWORD", "Log in by Basic", [&](const std::string& text) {
        request.credentials = to_credentials(text);
        check(request);
    });
    add_one(command, "-b,--cookie", "'NAME=VALUE; ...'", "Send cookies to the first host",
            [&](const std::string& text) {
                request.cookies = text;
                check(request);
            });
}

/// At most one of them is given.
void add_body(CLI::App& command, Request& request) {
    CLI::Option* const data = command.add_option_function<Texts>(
        "-d,--data",
        [&](const Texts& texts) {
            std::vector<NameValue> controls;
            parse_each(texts, "--data",
                       [&](const std::string& text) { controls.push_back(to_name_value(text)); });
            request.body = Body::form(controls);
        },
        "Send a form");
    data->type_name("NAME=VALUE")->allow_extra_args(false);
    CLI::Option* const json =
        add_one(command, "--json", "TEXT", "Send JSON",
                [&](const std::string& text) { request.body = Body(text, "application/json"); });
    CLI::Option* const body =
        add_one(command, "--body", "TEXT", "Send a text, a file (@FILE) or stdin (@-), as it is",
                [&](const std::string& text) { request.body = to_body(text); });
    CLI::Option* const form = command.add_option_function<Texts>(
        "-F,--form",
        [&](const Texts& texts) {
            std::vector<FormPart> parts;
            parse_each(texts, "--form",
                       [&](const std::string& text) { parts.push_back(to_part(text)); });
            parse_each({""}, "--form", [&](const std::string&) {  // a type may have a control
                request.body = multipart_body(parts);
            });
        },
        "Send a form with files in it");
    form->type_name("NAME=VALUE or NAME=@FILE[;type=T][;filename=N]")->allow_extra_args(false);
    data->excludes(json)->excludes(body)->excludes(form);
    json->excludes(body)->excludes(form);
    body->excludes(form);
}

void add_output(CLI::App& command, ClientSettings& settings) {
    command
        .add_option("-c,--cookie-jar", settings.cookies,
                    "Read cookies from a file, if it is there, and write them back in the end")
        ->type_name("FILE");
    command.add_option("-o,--output", settings.output, "Write to a file instead of stdout")
        ->type_name("FILE");
    command.add_flag("-i,--include", settings.show_head, "Show the head before the body");
    command.add_flag("--text", settings.as_text, "Show the body as UTF-8, whatever its charset");
    command.add_flag_callback(
        "--raw", [&] { settings.session.decode = false; }, "Leave gzip and deflate as they are");
    command.add_flag("--fail", settings.fail,
                     "Take a status of 400 and above for a failure, and show no body");
    command.add_flag("--summary", settings.summarise,
                     "Say on stderr what came and from where, as JSON");
}

void add_way(CLI::App& command, ClientSettings& settings) {
    Options& session = settings.session;
    command.add_flag_callback(
        "--no-follow", [&] { session.follow_redirects = false; }, "Show redirects, do not follow");
    command.add_option("--max-redirects", session.max_redirects, "Redirects, one after the other")
        ->check(CLI::Range(0, std::numeric_limits<int>::max()).description(""))
        ->capture_default_str();
    add_servers(command, session);
}

void add_client_limits(CLI::App& command, ClientSettings& settings) {
    constexpr auto max = std::numeric_limits<std::int64_t>::max();
    Options& session = settings.session;
    add_seconds(command, "--connect-timeout", session.connect.timeout,
                "Limit for look-up, connecting, the proxy's tunnel and TLS");
    add_seconds(command, "--read-timeout", session.read_timeout, "Limit for the server's silence");
    add_seconds(command, "--max-time", settings.max_time, "Limit for the whole run")
        ->default_str("");
    command.add_option("--max-body", session.max_body, "Largest body, in bytes, decoded")
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{max}).description(""))
        ->type_name("BYTES");
}

}  // namespace

void add_servers(CLI::App& command, Options& session) {
    add_one(command, "--proxy", "http://[USER:PASSWORD@]HOST:PORT", "Ask a proxy",
            [&](const std::string& text) { session.connect.proxy = to_proxy(text); });
    command
        .add_option("--cacert", session.tls.cacert,
                    "The authorities to trust, PEM, instead of the system's")
        ->check(CLI::ExistingFile.description(""))
        ->type_name("FILE");
    command.add_flag_callback(
        "--insecure", [&] { session.tls.verify = false; },
        "Talk to anybody, whatever certificate it shows");
}

void add_client(CLI::App& command, ClientSettings& settings) {
    settings.session.max_body = std::numeric_limits<std::uint64_t>::max();
    add_target(command, settings);
    add_request(command, settings.request);
    add_body(command, settings.request);
    add_output(command, settings);
    add_way(command, settings);
    add_client_limits(command, settings);
}

}  // namespace cookbook::http_client
