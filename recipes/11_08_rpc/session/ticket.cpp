#include "ticket.hpp"

#include <utility>

#include "11_08_rpc/forms/json_rpc.hpp"

namespace cookbook::rpc {
namespace {

std::optional<std::string> add_to_batch(Batch& batch, const std::optional<std::string>& response) {
    if (response) {
        batch.responses += batch.responses.empty() ? "" : ", ";
        batch.responses += *response;
    }
    if (--batch.missing > 0 || batch.responses.empty()) {
        return std::nullopt;  // a batch of notifications gets no message at all
    }
    return "[" + batch.responses + "]";
}

std::optional<std::string> respond(const Ticket& ticket, const auto& format) {
    std::optional<std::string> response;
    if (ticket.id) {
        response = format(*ticket.id);
    }
    return ticket.batch ? add_to_batch(*ticket.batch, response) : response;
}

}  // namespace

std::optional<std::string> Ticket::complete(const Value& result) const {
    if (form != Form::json) {
        return wrap_result(result, form);
    }
    return respond(*this, [&](const Value& to) { return format_result(to, result); });
}

std::optional<std::string> Ticket::complete(const std::exception_ptr& failure) const {
    if (form != Form::json) {
        return wrap_exception(to_python(failure), form);
    }
    return respond(*this, [&](const Value& to) { return format_error(to, to_json_rpc(failure)); });
}

}  // namespace cookbook::rpc
