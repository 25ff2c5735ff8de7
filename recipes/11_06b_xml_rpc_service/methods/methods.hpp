// The methods of the service, by what they are about.
#pragma once

#include <functional>

#include "11_06b_xml_rpc_service/confined.hpp"
#include "11_06b_xml_rpc_service/table/method_table.hpp"

namespace cookbook::xml_rpc_service {

/// calculator.add, subtract, multiply and divide. Two integers make an integer, if it has up to 64
/// bits, and a fault if not; anything else makes a double.
void add_calculator(MethodTable& table);

/// string.uppercase, lowercase and reverse, by characters; whatever the process's locale is.
/// Throws std::system_error if the C library has no locale C.UTF-8.
void add_text(MethodTable& table);

/// validator1.*: UserLand's suite, by which implementations are compared.
void add_validator(MethodTable& table);

/// system.echo, time, info and shutdown. The last two have the role admin; `shut_down` is called in
/// the middle of a call, which must still be responded to.
void add_system(MethodTable& table, std::function<void()> shut_down);

/// file.list and file.info, with the role files. Without a folder they find nothing. `root` must
/// outlive the table.
void add_files(MethodTable& table, const ConfinedFolder* root);

}  // namespace cookbook::xml_rpc_service
