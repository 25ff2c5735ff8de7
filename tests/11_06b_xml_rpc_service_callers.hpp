// Callers of recipe 11.6b, and what its tests say of their calls.
#pragma once

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "11_06_xml_rpc/json/json.hpp"
#include "11_06b_xml_rpc_service/table/method_table.hpp"
#include "common/cli/temporary_folder.hpp"

namespace cookbook::testing {

using xml_rpc::Array;
using xml_rpc::Struct;
using xml_rpc::Value;
using xml_rpc_service::Caller;
using xml_rpc_service::MethodTable;
using xml_rpc_service::Roles;

inline const Roles no_roles;
inline const Roles files_role = {"files"};
inline const Roles admin_role = {"admin"};

/// What a call returns, as JSON; or "fault CODE", with its text if that is asked for.
inline std::string outcome_of(const MethodTable& table, const Caller& caller,
                              std::string_view method, Array arguments = {},
                              bool with_text = false) {
    try {
        return xml_rpc::to_json(table.call(caller, method, std::move(arguments)));
    } catch (const xml_rpc::Fault& fault) {
        return with_text ? fault.what() : "fault " + std::to_string(fault.code);
    }
}

inline void expect_outcome(const MethodTable& table, const Caller& caller, std::string_view method,
                           Array arguments, std::string_view expected, std::string_view rule) {
    const std::string shown = std::string(method) + xml_rpc::to_json(arguments);
    const std::string outcome = outcome_of(table, caller, method, std::move(arguments));
    BOOST_TEST(outcome == expected,
               shown << " was " << outcome << ", not " << expected << ": " << rule);
}

/// A call as system.multicall takes it.
inline Struct call_of(const std::string& method, Array params = {}) {
    return {{"methodName", method}, {"params", std::move(params)}};
}

/// The arguments of system.multicall.
inline Array multicall_of(Array calls) {
    Array params;
    params.emplace_back(std::move(calls));
    return params;
}

/// A root with a sibling whose name begins as its own does: root/, root-sibling/secret.
class RootFolder {
public:
    RootFolder() {
        std::filesystem::create_directories(root() + "/folder/inner");
        std::filesystem::create_directories(folder_.file("root-sibling"));
        write("root/a.txt", "Hello\n");
        write("root/folder/b.txt", "");
        write("root/100%", "");
        write("root-sibling/secret", "secret");
    }

    [[nodiscard]] std::string root() const { return folder_.file("root"); }
    [[nodiscard]] std::string outside(const std::string& name) const { return folder_.file(name); }
    void write(const std::string& name, std::string_view content) const {
        std::ofstream(folder_.file(name)) << content;
    }
    void link(const std::string& target, const std::string& name) const {
        std::filesystem::create_symlink(target, root() + '/' + name);
    }

private:
    TemporaryFolder folder_;
};

}  // namespace cookbook::testing
