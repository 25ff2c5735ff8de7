#include "client.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

#include "11_01_http_client/message/reference.hpp"
#include "11_06_xml_rpc/json/json.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"
#include "access/password.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"
#include "common/cli/run.hpp"
#include "common/net/secret.hpp"

namespace cookbook::xml_rpc_service {
namespace {

using xml_rpc::Array;
using xml_rpc::Fault;
using xml_rpc::Proxy;
using xml_rpc::Value;

// What a server takes in one request, with room for the rest of the document.
constexpr std::size_t max_batch_calls = 1000;
constexpr std::size_t max_batch_size = std::size_t{900} << 10U;

/// Calls that are sent together.
class Batch {
public:
    [[nodiscard]] bool empty() const { return calls_.empty(); }
    [[nodiscard]] bool has_room_for(std::size_t size) const {
        return calls_.empty() ||
               (calls_.size() < max_batch_calls && size_ + size <= max_batch_size);
    }
    void add(Struct call, std::size_t size) {
        calls_.emplace_back(std::move(call));
        size_ += size;
    }
    /// The arguments of system.multicall; the batch is empty then.
    [[nodiscard]] Array take() {
        Array params;
        params.emplace_back(std::exchange(calls_, {}));
        size_ = 0;
        return params;
    }

private:
    Array calls_;
    std::size_t size_ = 0;
};

/// The calls on stdin.
class LineCaller {
public:
    explicit LineCaller(const xml_rpc::ClientSettings& settings)
        : settings_(settings), proxy_(xml_rpc::make_proxy(settings)) {}

    asio::awaitable<void> run() {
        InputLines lines(open_input(co_await this_coro::executor));
        std::size_t number = 0;
        while (const std::optional<std::string> line = co_await lines.next()) {
            Struct call = parse_numbered(*line, ++number);
            if (!batch_.has_room_for(document_.size())) {
                co_await send();
            }
            batch_.add(std::move(call), document_.size());
        }
        if (!batch_.empty()) {
            co_await send();
        }
    }

    [[nodiscard]] bool has_failed() const { return has_failed_; }

private:
    /// The call of a line; document_ is what it takes to write it.
    Struct parse_numbered(std::string_view line, std::size_t number) {
        try {
            Struct call = parse_call(line);
            document_.clear();
            xml_rpc::write_result(document_, call);
            return call;
        } catch (const std::invalid_argument& failure) {
            throw std::runtime_error(fmt::format("call {}: {}", number, failure.what()));
        }
    }

    asio::awaitable<void> send() {
        Array params = batch_.take();
        const std::size_t count = params.front().get_if<Array>()->size();
        const Value outcomes = co_await xml_rpc::call_within(settings_.max_time, proxy_,
                                                             "system.multicall", std::move(params));
        const auto* items = outcomes.get_if<Array>();
        if (items == nullptr || items->size() != count) {
            throw std::runtime_error("system.multicall has not returned a result for each call");
        }
        std::string output;
        for (const Value& outcome : *items) {
            output += to_line(outcome);
        }
        write_output(stdout, output);
    }

    std::string to_line(const Value& outcome) {
        const auto* result = outcome.get_if<Array>();
        if (result != nullptr && result->size() == 1) {
            return xml_rpc::to_json(result->front()) + '\n';
        }
        has_failed_ = true;
        std::optional<Fault> fault = xml_rpc::to_fault(outcome);
        if (!fault) {
            throw std::runtime_error("the result of a call is neither [result] nor a fault");
        }
        return xml_rpc::message_to_json(*std::move(fault)) + '\n';
    }

    const xml_rpc::ClientSettings& settings_;
    Proxy proxy_;
    Batch batch_;
    std::string document_;
    bool has_failed_ = false;
};

/// Its connection ends with it: the loop that it belongs to would wait for it.
asio::awaitable<void> call_each_line(const xml_rpc::ClientSettings& settings, int& status) {
    LineCaller caller(settings);
    co_await caller.run();
    status = caller.has_failed() ? 1 : 0;
}

int call_lines(const xml_rpc::ClientSettings& settings) {
    return xml_rpc::with_short_failures([&] {
        int status = 0;
        cookbook::run(call_each_line(settings, status));
        return status;
    });
}

/// Every user of the machine reads command lines. A URL that is malformed may have one, too.
void refuse_password(std::string_view url) {
    const auto authority = http_client::split_reference(url).authority;
    if (authority && authority->find('@') != authority->npos) {
        throw CLI::ValidationError(
            "URL",
            "a password on the command line can be read by everybody: use --user and "
            "--password-file");
    }
}

std::optional<http_client::Credentials> read_credentials(const ClientOptions& options) {
    if (options.user.empty()) {
        return {};
    }
    if (options.user.find(':') != std::string::npos) {
        throw CLI::ValidationError("--user", "a name has no colon");
    }
    const Key key = Key::from_file(options.password_file);
    std::string password(key.bytes().begin(), key.bytes().end());
    if (!is_credential(password)) {
        throw std::runtime_error("read " + options.password_file.string() +
                                 ": a password is a line of UTF-8 without control characters");
    }
    return http_client::Credentials{options.user, std::move(password)};
}

}  // namespace

Struct parse_call(std::string_view line) {
    Value value = xml_rpc::from_json(line);
    auto* items = value.get_if<Array>();
    auto* name =
        items != nullptr && !items->empty() ? items->front().get_if<std::string>() : nullptr;
    if (name == nullptr) {
        throw std::invalid_argument("not [\"method\", argument, ...]");
    }
    Array params(std::make_move_iterator(items->begin() + 1),
                 std::make_move_iterator(items->end()));
    return {{"methodName", std::move(*name)}, {"params", std::move(params)}};
}

int run_client(ClientOptions options) {
    if (options.call.texts.empty()) {
        throw CLI::RequiredError("URL");
    }
    refuse_password(options.call.texts[0]);
    options.call.credentials = read_credentials(options);
    return options.call.texts.size() == 1 ? call_lines(options.call)
                                          : xml_rpc::run_client(options.call);
}

}  // namespace cookbook::xml_rpc_service
