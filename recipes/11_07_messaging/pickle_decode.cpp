#include <fmt/format.h>

#include <array>
#include <boost/endian/conversion.hpp>
#include <cstdint>

#include "pickle.hpp"
#include "pickle_machine.hpp"
#include "pickle_reader.hpp"
#include "text.hpp"

namespace cookbook::messaging {
namespace {

Value text(std::string_view bytes) {
    if (valid_utf8(bytes) != bytes.size()) {
        throw Refusal("its text is not UTF-8");
    }
    return bytes;
}

Value bytes(std::string_view data) {
    return Bytes{std::string(data)};
}

double real(PickleReader& in) {
    return boost::endian::endian_load<double, sizeof(double), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(in.take(sizeof(double)).data()));
}

Value long_integer(PickleReader& in) {
    const auto size = in.number<std::int32_t>();
    if (size < 0) {
        throw Refusal("its length is negative");
    }
    return integer_from_bytes(in.take(static_cast<std::uint32_t>(size)));
}

void begin_frame(PickleReader& in) {
    // A frame tells a reader of files how much to fetch at once. Here all is fetched already.
    if (in.number<std::uint64_t>() > in.left()) {
        throw Refusal("the frame is longer than the pickle");
    }
}

void name_from_lines(PickleMachine& machine, PickleReader& in) {
    const std::string_view module = in.line();
    machine.name(module, in.line());
}

void name_from_stack(PickleMachine& machine) {
    const Value name = machine.pop();
    const Value module = machine.pop();
    machine.name(module.as<std::string>(), name.as<std::string>());
}

struct Instruction {
    unsigned char code;
    std::string_view name;
    void (*run)(PickleMachine& machine, PickleReader& in);
};

[[noreturn]] void runs_code(PickleMachine&, PickleReader&) {
    throw Refusal("it would have Python run code");
}
[[noreturn]] void is_old(PickleMachine&, PickleReader&) {
    throw Refusal("it belongs to protocols 0 and 1");
}
[[noreturn]] void is_foreign(PickleMachine&, PickleReader&) {
    throw Refusal("such objects are not among those that travel here");
}

[[noreturn]] void is_unknown(PickleMachine&, PickleReader&) {
    throw Refusal("Python has no such opcode");
}

using M = PickleMachine&;
using R = PickleReader&;

/// All but PROTO and STOP that Lib/pickletools.py knows.
constexpr Instruction instructions[] = {
    // clang-format off
    {'N', "NONE", [](M m, R) { m.push(None{}); }},
    {0x88, "NEWTRUE", [](M m, R) { m.push(true); }},
    {0x89, "NEWFALSE", [](M m, R) { m.push(false); }},
    {'K', "BININT1", [](M m, R in) { m.push(in.byte()); }},
    {'M', "BININT2", [](M m, R in) { m.push(in.number<std::uint16_t>()); }},
    {'J', "BININT", [](M m, R in) { m.push(in.number<std::int32_t>()); }},
    {0x8a, "LONG1", [](M m, R in) { m.push(integer_from_bytes(in.counted<std::uint8_t>())); }},
    {0x8b, "LONG4", [](M m, R in) { m.push(long_integer(in)); }},
    {'G', "BINFLOAT", [](M m, R in) { m.push(real(in)); }},
    {0x8c, "SHORT_BINUNICODE", [](M m, R in) { m.push(text(in.counted<std::uint8_t>())); }},
    {'X', "BINUNICODE", [](M m, R in) { m.push(text(in.counted<std::uint32_t>())); }},
    {0x8d, "BINUNICODE8", [](M m, R in) { m.push(text(in.counted<std::uint64_t>())); }},
    {'C', "SHORT_BINBYTES", [](M m, R in) { m.push(bytes(in.counted<std::uint8_t>())); }},
    {'B', "BINBYTES", [](M m, R in) { m.push(bytes(in.counted<std::uint32_t>())); }},
    {0x8e, "BINBYTES8", [](M m, R in) { m.push(bytes(in.counted<std::uint64_t>())); }},

    {']', "EMPTY_LIST", [](M m, R) { m.push(List{}); }},
    {'a', "APPEND", [](M m, R) { m.append(); }},
    {'e', "APPENDS", [](M m, R) { m.append_to_mark(); }},
    {')', "EMPTY_TUPLE", [](M m, R) { m.make_tuple(0); }},
    {0x85, "TUPLE1", [](M m, R) { m.make_tuple(1); }},
    {0x86, "TUPLE2", [](M m, R) { m.make_tuple(2); }},
    {0x87, "TUPLE3", [](M m, R) { m.make_tuple(3); }},
    {'t', "TUPLE", [](M m, R) { m.make_tuple_to_mark(); }},
    {'}', "EMPTY_DICT", [](M m, R) { m.push(Dict{}); }},
    {'s', "SETITEM", [](M m, R) { m.set_items(); }},
    {'u', "SETITEMS", [](M m, R) { m.set_items_to_mark(); }},
    {0x8f, "EMPTY_SET", [](M m, R) { m.push(Set{}); }},
    {0x90, "ADDITEMS", [](M m, R) { m.add_to_mark(); }},
    {0x91, "FROZENSET", [](M m, R) { m.make_frozen_set(); }},

    {'(', "MARK", [](M m, R) { m.mark(); }},
    {'0', "POP", [](M m, R) { m.pop(); }},
    {'1', "POP_MARK", [](M m, R) { m.pop_to_mark(); }},
    {'2', "DUP", [](M m, R) { m.duplicate(); }},
    {0x94, "MEMOIZE", [](M m, R) { m.memoize(); }},
    {'q', "BINPUT", [](M m, R in) { m.memoize(in.byte(), in.position()); }},
    {'r', "LONG_BINPUT", [](M m, R in) { m.memoize(in.number<std::uint32_t>(), in.position()); }},
    {'h', "BINGET", [](M m, R in) { m.recall(in.byte()); }},
    {'j', "LONG_BINGET", [](M m, R in) { m.recall(in.number<std::uint32_t>()); }},
    {0x95, "FRAME", [](M, R in) { begin_frame(in); }},

    // How protocols 2 and 3 write sets, and protocol 2 bytes: by a name and its arguments.
    {'c', "GLOBAL", [](M m, R in) { name_from_lines(m, in); }},
    {0x93, "STACK_GLOBAL", [](M m, R) { name_from_stack(m); }},
    {'R', "REDUCE", [](M m, R) { m.reduce(); }},

    {'b', "BUILD", runs_code}, {'i', "INST", runs_code},
    {'o', "OBJ", runs_code}, {0x81, "NEWOBJ", runs_code}, {0x92, "NEWOBJ_EX", runs_code},
    {0x82, "EXT1", runs_code}, {0x83, "EXT2", runs_code}, {0x84, "EXT4", runs_code},
    {'P', "PERSID", runs_code}, {'Q', "BINPERSID", runs_code},
    {'I', "INT", is_old}, {'L', "LONG", is_old}, {'F', "FLOAT", is_old}, {'S', "STRING", is_old},
    {'T', "BINSTRING", is_old}, {'U', "SHORT_BINSTRING", is_old}, {'V', "UNICODE", is_old},
    {'l', "LIST", is_old}, {'d', "DICT", is_old}, {'g', "GET", is_old}, {'p', "PUT", is_old},
    {0x96, "BYTEARRAY8", is_foreign}, {0x97, "NEXT_BUFFER", is_foreign},
    {0x98, "READONLY_BUFFER", is_foreign},
    // clang-format on
};

constexpr unsigned char proto = 0x80;
constexpr unsigned char stop = '.';

constexpr Instruction unknown = {0, "UNKNOWN", is_unknown};

constexpr std::array<const Instruction*, 256> by_code = [] {
    std::array<const Instruction*, 256> table{};
    table.fill(&unknown);
    for (const Instruction& instruction : instructions) {
        table[instruction.code] = &instruction;
    }
    return table;
}();

void begin(PickleReader& in) {
    if (in.byte() != proto) {
        throw Refusal("protocols 0 and 1 are not read here");
    }
    const unsigned protocol = in.byte();
    if (protocol < 2 || protocol > 5) {
        throw Refusal("protocol " + std::to_string(protocol) + " is not known");
    }
}

Value end(PickleMachine& machine, const PickleReader& in) {
    if (in.left() != 0) {
        throw Refusal("more follows the end");
    }
    return machine.result();
}

}  // namespace

Value from_pickle(std::string_view bytes, std::size_t memory) {
    PickleReader in(bytes);
    PickleMachine machine(memory);
    std::size_t position = 0;
    std::string_view name = "PROTO";
    try {
        begin(in);
        for (;;) {
            position = in.position();
            name = "STOP";  // is missing, where the bytes end here
            const std::uint8_t code = in.byte();
            if (code == stop) {
                return end(machine, in);
            }
            const Instruction& instruction = *by_code[code];
            name = instruction.name;
            instruction.run(machine, in);
        }
    } catch (const std::runtime_error& refusal) {
        throw PickleError(fmt::format("opcode {} at byte {}: {}", name, position, refusal.what()),
                          position);
    }
}

}  // namespace cookbook::messaging
