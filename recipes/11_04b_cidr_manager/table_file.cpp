#include "table_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "11_04_cidr_addresses/text/text.hpp"
#include "standard_streams.hpp"

namespace cookbook::cidr_manager {
namespace {

constexpr const char* blanks = " \t\r";

PrefixTable::Entry parse_entry(std::string_view line) {
    const std::size_t prefix_end = line.find_first_of(blanks);
    const std::size_t value_begin = line.find_first_not_of(blanks, prefix_end);
    const Network prefix = Network::parse(line.substr(0, prefix_end), HostBits::clear);
    if (value_begin == std::string_view::npos) {
        throw std::invalid_argument("the prefix has no value");
    }
    const std::size_t value_end = line.find_last_not_of(blanks) + 1;
    return {prefix, std::string(line.substr(value_begin, value_end - value_begin))};
}

}  // namespace

std::vector<PrefixTable::Entry> read_table(std::istream& input, const std::string& name) {
    std::vector<PrefixTable::Entry> entries;
    std::string line;
    for (int number = 1; std::getline(input, line); ++number) {
        try {
            entries.push_back(parse_entry(line));
        } catch (const std::invalid_argument& error) {  // ParseError is one
            throw std::runtime_error(fmt::format("{}:{}: {}", name, number, error.what()));
        }
    }
    if (input.bad()) {
        throw std::system_error(errno, std::generic_category(), name);
    }
    return entries;
}

std::string look_up(const PrefixTable& table, std::string_view address) try {
    const PrefixTable::Entry* entry = table.find(Address::parse(address));
    return entry == nullptr
               ? fmt::format("{} -", address)
               : fmt::format("{} {} {}", address, to_string(entry->prefix), entry->value);
} catch (const cidr_addresses::ParseError& error) {
    return fmt::format("{} ! {}", address, error.message());
}

void print_look_ups(const std::string& table_file, const std::vector<std::string>& addresses) {
    std::ifstream file(table_file);
    if (!file) {
        throw std::system_error(errno, std::generic_category(), table_file);
    }
    const PrefixTable table(read_table(file, table_file));
    const auto print_one = [&](const std::string& text) {
        return print(look_up(table, text) + "\n");
    };
    if (addresses.empty()) {
        for_each_line(std::cin, print_one);
    } else {
        for_each_text(addresses, print_one);
    }
}

}  // namespace cookbook::cidr_manager
