// Times as people and XML-RPC write them: local, and without a time zone. Pure.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>

#include "11_06_xml_rpc/value/scalar.hpp"

namespace cookbook::xml_rpc_service {

/// As strftime(3) has it, in the C locale; nothing if that has more than `max_size` bytes.
[[nodiscard]] std::optional<std::string> format_time(std::time_t time, const std::string& format,
                                                     std::size_t max_size);

/// <dateTime.iso8601>
[[nodiscard]] xml_rpc::DateTime to_date_time(std::time_t time);

}  // namespace cookbook::xml_rpc_service
