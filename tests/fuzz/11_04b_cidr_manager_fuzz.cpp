// What parses bytes: requests, with a plan, and the log that they make; a log of any bytes; a
// table.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "11_04b_cidr_manager/journal.hpp"
#include "11_04b_cidr_manager/requests.hpp"
#include "11_04b_cidr_manager/response_count.hpp"
#include "11_04b_cidr_manager/table_file.hpp"

namespace {

using namespace cookbook::cidr_manager;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Each line has a response of one line, and the changes that a plan has seen make the same plan.
void ask(std::string_view lines) {
    Plan plan;
    std::vector<Change> changes;
    respond(parse_request(R"({"op":"add_pool","pool":"10.0.0.0/8"})"),
            [&](const Request& request) { return consult(plan, request, changes); });
    while (!lines.empty()) {
        const std::size_t end = lines.find('\n');
        const Request request = parse_request(lines.substr(0, end));
        lines.remove_prefix(end == lines.npos ? lines.size() : end + 1);
        const bool calculation = request.kind == Request::Kind::calculation;
        const std::string response = respond(request, [&](const Request& one) {
            return calculation ? calculate(one) : consult(plan, one, changes);
        });
        require(response.find('\n') == response.size() - 1);
        require(request.error.empty() || is_error(response.substr(0, response.size() - 1)));
    }
    Plan again;
    for (const Change& change : changes) {
        const Change read = to_change(to_record(change));
        require(read == change);
        again.check(read);
        again.apply(read);
    }
    require(again.changes() == plan.changes());
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
        plan.revert(*change);
    }
    require(plan.size() == 0);
}

/// What is recovered from any bytes is what they begin with.
void read_log(std::string_view contents) {
    try {
        const Recovered found = recover(contents, "log");
        std::string again;
        for (const std::string& record : found.records) {
            again += encode_record(record);
        }
        require(again == contents.substr(0, found.size));
    } catch (const std::runtime_error&) {
        // damaged
    }
}

void read_record(std::string_view text) {
    try {
        to_change(text);
    } catch (const std::exception&) {
        // no record
    }
}

void read_prefixes(std::string_view text) {
    try {
        std::istringstream input{std::string(text)};
        const PrefixTable table(read_table(input, "table"));
        look_up(table, text.substr(0, text.find(' ')));
    } catch (const std::runtime_error&) {
        // a bad line
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    ask(text);
    read_log(text);
    read_record(text);
    read_prefixes(text);
    return 0;
}
