#include <fmt/format.h>

#include <array>
#include <boost/endian/conversion.hpp>
#include <cstdint>

#include "11_07_messaging/value/text.hpp"
#include "machine.hpp"
#include "opcodes.hpp"
#include "pickle.hpp"
#include "reader.hpp"

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
    Opcode opcode;
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
constexpr auto instructions = [] {
    using enum Opcode;
    // clang-format off
    return std::to_array<Instruction>({
        {none, "NONE", [](M m, R) { m.push(None{}); }},
        {newtrue, "NEWTRUE", [](M m, R) { m.push(true); }},
        {newfalse, "NEWFALSE", [](M m, R) { m.push(false); }},
        {binint1, "BININT1", [](M m, R in) { m.push(in.byte()); }},
        {binint2, "BININT2", [](M m, R in) { m.push(in.number<std::uint16_t>()); }},
        {binint, "BININT", [](M m, R in) { m.push(in.number<std::int32_t>()); }},
        {long1, "LONG1", [](M m, R in) { m.push(integer_from_bytes(in.counted<std::uint8_t>())); }},
        {long4, "LONG4", [](M m, R in) { m.push(long_integer(in)); }},
        {binfloat, "BINFLOAT", [](M m, R in) { m.push(real(in)); }},
        {short_binunicode, "SHORT_BINUNICODE", [](M m, R in) { m.push(text(in.counted<std::uint8_t>())); }},
        {binunicode, "BINUNICODE", [](M m, R in) { m.push(text(in.counted<std::uint32_t>())); }},
        {binunicode8, "BINUNICODE8", [](M m, R in) { m.push(text(in.counted<std::uint64_t>())); }},
        {short_binbytes, "SHORT_BINBYTES", [](M m, R in) { m.push(bytes(in.counted<std::uint8_t>())); }},
        {binbytes, "BINBYTES", [](M m, R in) { m.push(bytes(in.counted<std::uint32_t>())); }},
        {binbytes8, "BINBYTES8", [](M m, R in) { m.push(bytes(in.counted<std::uint64_t>())); }},

        {empty_list, "EMPTY_LIST", [](M m, R) { m.push(List{}); }},
        {append, "APPEND", [](M m, R) { m.append(); }},
        {appends, "APPENDS", [](M m, R) { m.append_to_mark(); }},
        {empty_tuple, "EMPTY_TUPLE", [](M m, R) { m.make_tuple(0); }},
        {tuple1, "TUPLE1", [](M m, R) { m.make_tuple(1); }},
        {tuple2, "TUPLE2", [](M m, R) { m.make_tuple(2); }},
        {tuple3, "TUPLE3", [](M m, R) { m.make_tuple(3); }},
        {tuple, "TUPLE", [](M m, R) { m.make_tuple_to_mark(); }},
        {empty_dict, "EMPTY_DICT", [](M m, R) { m.push(Dict{}); }},
        {setitem, "SETITEM", [](M m, R) { m.set_items(); }},
        {setitems, "SETITEMS", [](M m, R) { m.set_items_to_mark(); }},
        {empty_set, "EMPTY_SET", [](M m, R) { m.push(Set{}); }},
        {additems, "ADDITEMS", [](M m, R) { m.add_to_mark(); }},
        {frozenset, "FROZENSET", [](M m, R) { m.make_frozen_set(); }},

        {mark, "MARK", [](M m, R) { m.mark(); }},
        {pop, "POP", [](M m, R) { m.pop(); }},
        {pop_mark, "POP_MARK", [](M m, R) { m.pop_to_mark(); }},
        {dup, "DUP", [](M m, R) { m.duplicate(); }},
        {memoize, "MEMOIZE", [](M m, R) { m.memoize(); }},
        {binput, "BINPUT", [](M m, R in) { m.memoize(in.byte(), in.position()); }},
        {long_binput, "LONG_BINPUT", [](M m, R in) { m.memoize(in.number<std::uint32_t>(), in.position()); }},
        {binget, "BINGET", [](M m, R in) { m.recall(in.byte()); }},
        {long_binget, "LONG_BINGET", [](M m, R in) { m.recall(in.number<std::uint32_t>()); }},
        {frame, "FRAME", [](M, R in) { begin_frame(in); }},

        // How protocols 2 and 3 write sets, and protocol 2 bytes: by a name and its arguments.
        {global, "GLOBAL", [](M m, R in) { name_from_lines(m, in); }},
        {stack_global, "STACK_GLOBAL", [](M m, R) { name_from_stack(m); }},
        {reduce, "REDUCE", [](M m, R) { m.reduce(); }},

        {build, "BUILD", [](M m, R) { m.build(); }},
        {inst, "INST", runs_code},
        {obj, "OBJ", runs_code}, {newobj, "NEWOBJ", runs_code}, {newobj_ex, "NEWOBJ_EX", runs_code},
        {ext1, "EXT1", runs_code}, {ext2, "EXT2", runs_code}, {ext4, "EXT4", runs_code},
        {persid, "PERSID", runs_code}, {binpersid, "BINPERSID", runs_code},
        {int_line, "INT", is_old}, {long_line, "LONG", is_old}, {float_line, "FLOAT", is_old}, {string, "STRING", is_old},
        {binstring, "BINSTRING", is_old}, {short_binstring, "SHORT_BINSTRING", is_old}, {unicode, "UNICODE", is_old},
        {list, "LIST", is_old}, {dict, "DICT", is_old}, {get_line, "GET", is_old}, {put_line, "PUT", is_old},
        {bytearray8, "BYTEARRAY8", is_foreign}, {next_buffer, "NEXT_BUFFER", is_foreign},
        {readonly_buffer, "READONLY_BUFFER", is_foreign},
    });
    // clang-format on
}();

constexpr Instruction protocol = {Opcode::proto, "PROTO", is_unknown};
constexpr Instruction last = {Opcode::stop, "STOP", is_unknown};
constexpr Instruction unknown = {Opcode{}, "UNKNOWN", is_unknown};

constexpr std::array<const Instruction*, 256> by_code = [] {
    std::array<const Instruction*, 256> table{};
    table.fill(&unknown);
    for (const Instruction& instruction : instructions) {
        table[static_cast<unsigned char>(instruction.opcode)] = &instruction;
    }
    return table;
}();

void begin(PickleReader& in) {
    if (in.opcode() != Opcode::proto) {
        throw Refusal("protocols 0 and 1 are not read here");
    }
    const unsigned number = in.byte();
    if (number < 2 || number > 5) {
        throw Refusal("protocol " + std::to_string(number) + " is not known");
    }
}

Value end(PickleMachine& machine, const PickleReader& in) {
    if (in.left() != 0) {
        throw Refusal("more follows the end");
    }
    return machine.result();
}

}  // namespace

Value from_pickle(std::string_view bytes, std::size_t max_memory, const PickleHook& hook) {
    PickleReader in(bytes);
    PickleMachine machine(max_memory, hook);
    std::size_t position = 0;
    const Instruction* instruction = &protocol;
    try {
        begin(in);
        for (;;) {
            position = in.position();
            instruction = &last;  // is missing, if the bytes end here
            const Opcode opcode = in.opcode();
            if (opcode == last.opcode) {
                return end(machine, in);
            }
            instruction = by_code[static_cast<unsigned char>(opcode)];
            instruction->run(machine, in);
        }
    } catch (const std::runtime_error& refusal) {
        throw PickleError(
            fmt::format("opcode {} at byte {}: {}", instruction->name, position, refusal.what()),
            position);
    }
}

}  // namespace cookbook::messaging
