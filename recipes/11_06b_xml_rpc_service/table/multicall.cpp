#include "multicall.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "11_06_xml_rpc/xml/characters.hpp"
#include "11_06_xml_rpc/xml/writer.hpp"

namespace cookbook::xml_rpc_service {
namespace {

constexpr std::string_view multicall = "system.multicall";

/// What a call has in the place of a result. A text that no document can carry has another fault.
Value to_outcome(std::int64_t code, const std::string& text) {
    if (xml_rpc::find_forbidden(text) != text.npos) {
        return to_outcome(xml_rpc::internal_error, xml_rpc::Unwritable().what());
    }
    return Struct{{"faultCode", code}, {"faultString", text}};
}

/// The member of a call under that name. Throws Fault if it is missing, or of another type.
template <typename T>
T& require_member(Struct& call, std::string_view name) {
    for (auto& [member, value] : call) {
        if (auto* content = value.get_if<T>(); content != nullptr && member == name) {
            return *content;
        }
    }
    throw Fault(xml_rpc::wrong_arguments,
                fmt::format("a call is a struct of methodName, a string, and params, an array: {} "
                            "is not there",
                            name));
}

/// One multicall at work.
class Multicall {
public:
    Multicall(const MethodTable& table, const Caller& caller, const MulticallLimits& limits)
        : table_(table), caller_(caller), limits_(limits) {}

    std::vector<Value> call_each(std::vector<Value> calls) {
        if (calls.size() > limits_.max_calls) {
            throw Fault(xml_rpc::wrong_arguments,
                        fmt::format("more than {} calls", limits_.max_calls));
        }
        std::vector<Value> outcomes;
        outcomes.reserve(calls.size());
        for (Value& call : calls) {
            outcomes.push_back(call_or_refuse(call));
        }
        return outcomes;
    }

private:
    Value call_or_refuse(Value& call) {
        // [step 5] Refuse what comes after too many bytes. (stub: return outcome_of(call);)
        if (size_ >= limits_.max_results) {
            return to_outcome(xml_rpc::wrong_arguments, "the results before have too many bytes");
        }
        Value outcome = outcome_of(call);
        size_ += size_of(outcome);
        return outcome;
        // [end]
    }

    /// [result], or why there is none.
    Value outcome_of(Value& call) {
        // [step 2] A call that fails has its fault in its place, and the others go on.
        try {
            Array outcome;
            outcome.push_back(call_one(call));
            static_cast<void>(size_of(outcome));  // what cannot be written would spoil them all
            return outcome;
        } catch (const Fault& fault) {
            return to_outcome(fault.code, fault.text);
        } catch (const xml_rpc::Unwritable& unwritable) {
            return to_outcome(xml_rpc::internal_error, unwritable.what());
        }
        // [end]
    }

    /// The result of one call. Throws Fault.
    Value call_one(Value& call) {
        auto* members = call.get_if<Struct>();
        if (members == nullptr) {
            throw Fault(xml_rpc::wrong_arguments, "a call is a struct");
        }
        const auto& name = require_member<std::string>(*members, "methodName");
        auto& params = require_member<Array>(*members, "params");
        if (name == multicall) {
            throw Fault(xml_rpc::not_a_call, "a multicall within a multicall");
        }
        if (!std::exchange(is_first_, false) && !caller_.take_turn()) {
            throw Fault(too_many_calls, "too many calls: wait a moment");
        }
        return table_.call(caller_, name, std::move(params));
    }

    /// The bytes of a value's document. Throws Unwritable.
    std::size_t size_of(const Value& value) {
        document_.clear();
        xml_rpc::write_result(document_, value);
        return document_.size();
    }

    const MethodTable& table_;
    const Caller& caller_;
    const MulticallLimits& limits_;
    std::string document_;
    std::size_t size_ = 0;
    bool is_first_ = true;
};

}  // namespace

void add_multicall(MethodTable& table, MulticallLimits limits) {
    table.add(std::string(multicall),
              "Makes many calls, each a struct of methodName and params: an array of their "
              "results, each an array of one, or a struct of faultCode and faultString.",
              [&table, limits](const Caller& caller, std::vector<Value> calls) {
                  return Multicall(table, caller, limits).call_each(std::move(calls));
              });
}

}  // namespace cookbook::xml_rpc_service
