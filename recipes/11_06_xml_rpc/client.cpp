#include "client.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "11_01_http_client/message/error.hpp"
#include "common/async/describe.hpp"
#include "common/async/within.hpp"
#include "common/cli/output.hpp"
#include "common/cli/run.hpp"
#include "common/http/limits.hpp"
#include "common/net/utf8.hpp"
#include "json/json.hpp"
#include "xml/characters.hpp"

namespace cookbook::xml_rpc {
namespace {

constexpr std::size_t max_line = 270;  // bytes, after the program's name

/// All of stdin, but not more than a server takes.
std::string read_document() {
    constexpr std::size_t max_size = std::size_t{1} << 20U;
    std::string document;
    std::array<char, 1 << 16> buffer;
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), stdin)) {
        document.append(buffer.data(), size);
        if (document.size() > max_size) {
            throw std::runtime_error("the document is larger than 1 MiB");
        }
    }
    if (std::ferror(stdin) != 0) {
        throw std::system_error(errno, std::generic_category(), "read input");
    }
    return document;
}

asio::awaitable<void> call_method(const ClientSettings& settings, Array params, Value& result) {
    Proxy proxy = make_proxy(settings);
    result = co_await call_within(settings.max_time, proxy, settings.texts[1], std::move(params));
}

Value call(const ClientSettings& settings) {
    Array params;
    for (std::size_t i = 2; i < settings.texts.size(); ++i) {
        params.push_back(from_json(settings.texts[i]));
    }
    Value result;
    cookbook::run(call_method(settings, std::move(params), result));
    return result;
}

/// Whether a failure is the user's Ctrl-C, which is nothing to report.
bool is_interrupt(const std::exception& failure) {
    const auto* error = dynamic_cast<const boost::system::system_error*>(&failure);
    return error != nullptr && error->code() == asio::error::operation_aborted;
}

}  // namespace

Proxy make_proxy(const ClientSettings& settings) {
    ProxyOptions options = {.read_timeout = settings.max_time,
                            .tls = settings.tls,
                            .credentials = settings.credentials};
    options.connect_timeout = settings.max_time;
    return Proxy(settings.texts[0], std::move(options));
}

asio::awaitable<Value> call_within(asio::steady_timer::duration max_time, Proxy& proxy,
                                   std::string method, Array params) {
    try {
        co_return co_await within(max_time, proxy.call_with(std::move(method), std::move(params)));
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::timed_out) {
            throw;
        }
        throw http_client::RequestError("POST " + proxy.url() + ": " + error.code().message(),
                                        error.code());
    }
}

int with_short_failures(const std::function<int()>& work) {
    try {
        return work();
    } catch (const Fault& fault) {
        throw Fault(fault.code, printable(fault.text, ' '));
    } catch (const std::exception& failure) {
        if (is_interrupt(failure)) {
            throw;
        }
        throw std::runtime_error(brief(printable(describe(failure), ' '), max_line));
    }
}

int run_client(const ClientSettings& settings) {
    const bool decodes = settings.texts.size() == 1 && settings.texts[0] == "decode";
    if (!decodes && settings.texts.size() < 2) {
        throw CLI::ValidationError("URL and METHOD are required");
    }
    return with_short_failures([&] {
        print_line(stdout, decodes ? message_to_json(Reader().read(read_document()))
                                   : to_json(call(settings)));
        return 0;
    });
}

}  // namespace cookbook::xml_rpc
