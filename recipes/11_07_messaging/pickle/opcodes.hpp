// The instructions of a pickle, as Lib/pickletools.py names and describes them.
#pragma once

namespace cookbook::messaging {

enum class Opcode : unsigned char {
    // clang-format off
    proto = 0x80, stop = '.', frame = 0x95,
    none = 'N', newtrue = 0x88, newfalse = 0x89,
    binint1 = 'K', binint2 = 'M', binint = 'J', long1 = 0x8a, long4 = 0x8b, binfloat = 'G',
    short_binunicode = 0x8c, binunicode = 'X', binunicode8 = 0x8d,
    short_binbytes = 'C', binbytes = 'B', binbytes8 = 0x8e,
    empty_list = ']', append = 'a', appends = 'e',
    empty_tuple = ')', tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, tuple = 't',
    empty_dict = '}', setitem = 's', setitems = 'u',
    empty_set = 0x8f, additems = 0x90, frozenset = 0x91,
    mark = '(', pop = '0', pop_mark = '1', dup = '2',
    memoize = 0x94, binput = 'q', long_binput = 'r', binget = 'h', long_binget = 'j',

    // Those that import and call.
    global = 'c', stack_global = 0x93, reduce = 'R', build = 'b', inst = 'i', obj = 'o',
    newobj = 0x81, newobj_ex = 0x92, ext1 = 0x82, ext2 = 0x83, ext4 = 0x84,
    persid = 'P', binpersid = 'Q',
    // Protocols 0 and 1, whose arguments are lines of text.
    int_line = 'I', long_line = 'L', float_line = 'F', string = 'S', binstring = 'T',
    short_binstring = 'U', unicode = 'V', list = 'l', dict = 'd', get_line = 'g', put_line = 'p',
    // Protocol 5: bytearrays, and buffers that travel beside the pickle (PEP 574).
    bytearray8 = 0x96, next_buffer = 0x97, readonly_buffer = 0x98
    // clang-format on
};

}  // namespace cookbook::messaging
