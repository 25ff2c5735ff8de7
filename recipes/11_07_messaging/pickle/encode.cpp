#include <array>
#include <boost/endian/conversion.hpp>
#include <cstdint>
#include <limits>
#include <unordered_map>

#include "opcodes.hpp"
#include "pickle.hpp"

namespace cookbook::messaging {
namespace {

template <typename Integer>
bool fits(std::uint64_t number) {
    return number <= static_cast<std::uint64_t>(std::numeric_limits<Integer>::max());
}

/// Writes protocol 4.
class PickleEncoder {
    using enum Opcode;

public:
    std::string encode(const Value& value) && {
        put(proto);
        put<std::uint8_t>(4);
        begin(value);
        // Not by recursion: objects may be nested deeper than the stack of a thread.
        while (!open_.empty()) {
            go_on();
        }
        put(stop);
        return std::move(bytes_);
    }

private:
    /// A container, and which of its items comes next.
    struct Open {
        const Value* container;
        std::size_t next;
    };

    void begin(const Value& value) {
        if (value.shared() && refer_to(value)) {
            return;
        }
        value.visit([&](const auto& object) { write(object); });
        if (value.kind() >= Kind::list) {
            open_.push_back({&value, 0});
        } else {
            remember(value);
        }
    }

    void go_on() {
        Open& innermost = open_.back();
        if (const Value* item = item_at(*innermost.container, innermost.next)) {
            ++innermost.next;
            begin(*item);
        } else {
            const Value& container = *innermost.container;
            open_.pop_back();
            container.visit([&](const auto& object) { finish(object); });
            remember(container);
        }
    }

    /// A shared object is numbered when it is written, and a number is written the next time.
    void remember(const Value& value) {
        if (value.shared()) {
            put(memoize);
            memo_.emplace(value.identity(), static_cast<std::uint32_t>(memo_.size()));
        }
    }

    bool refer_to(const Value& value) {
        const auto known = memo_.find(value.identity());
        if (known == memo_.end()) {
            return false;
        }
        if (fits<std::uint8_t>(known->second)) {
            put(binget);
            put(static_cast<std::uint8_t>(known->second));
        } else {
            put(long_binget);
            put(known->second);
        }
        return true;
    }

    void write(None) { put(none); }
    void write(bool truth) { put(truth ? newtrue : newfalse); }

    void write(std::int64_t number) {
        if (number >= 0 && fits<std::uint8_t>(static_cast<std::uint64_t>(number))) {
            put(binint1);
            put(static_cast<std::uint8_t>(number));
        } else if (number >= 0 && fits<std::uint16_t>(static_cast<std::uint64_t>(number))) {
            put(binint2);
            put(static_cast<std::uint16_t>(number));
        } else if (number == static_cast<std::int32_t>(number)) {
            put(binint);
            put(static_cast<std::int32_t>(number));
        } else {
            put(long1);
            put<std::uint8_t>(sizeof(number));
            put(number);
        }
    }

    void write(const BigInteger& integer) {
        if (fits<std::uint8_t>(integer.bytes.size())) {
            put_counted<std::uint8_t>(long1, integer.bytes);
        } else {
            put_counted<std::int32_t>(long4, integer.bytes);
        }
    }

    void write(double real) {
        put(binfloat);
        put<double, boost::endian::order::big>(real);
    }

    void write(const std::string& text) {
        put_data<short_binunicode, binunicode, binunicode8>(text);
    }
    void write(const Bytes& bytes) { put_data<short_binbytes, binbytes, binbytes8>(bytes.data); }

    // A container begins and ends with these. Tuples and frozensets are made once their items are
    // there, the others are there before.
    void write(const List& object) { put_start(empty_list, object.items.empty()); }
    void write(const Dict& object) { put_start(empty_dict, object.items.empty()); }
    void write(const Set& object) { put_start(empty_set, object.items.empty()); }
    void write(const FrozenSet&) { put(mark); }
    void write(const Tuple& items) { put_if(mark, items.items.size() >= short_tuples.size()); }

    void finish(const auto& /*object*/) {}
    void finish(const List& object) { put_if(appends, !object.items.empty()); }
    void finish(const Dict& object) { put_if(setitems, !object.items.empty()); }
    void finish(const Set& object) { put_if(additems, !object.items.empty()); }
    void finish(const FrozenSet&) { put(frozenset); }
    void finish(const Tuple& items) {
        const std::size_t size = items.items.size();
        put(size < short_tuples.size() ? short_tuples[size] : tuple);
    }
    static constexpr std::array short_tuples = {empty_tuple, tuple1, tuple2, tuple3};

    void put_start(Opcode empty, bool is_empty) {
        put(empty);
        put_if(mark, !is_empty);
    }

    void put(Opcode opcode) { bytes_.push_back(static_cast<char>(opcode)); }
    void put_if(Opcode opcode, bool needed) {
        if (needed) {
            put(opcode);
        }
    }

    template <typename Number, boost::endian::order order = boost::endian::order::little>
    void put(Number number) {
        unsigned char bytes[sizeof(Number)];
        boost::endian::endian_store<Number, sizeof(Number), order>(bytes, number);
        bytes_.append(reinterpret_cast<const char*>(bytes), sizeof(Number));
    }

    template <typename Length>
    void put_counted(Opcode opcode, std::string_view data) {
        put(opcode);
        put(static_cast<Length>(data.size()));
        bytes_.append(data);
    }

    /// With the opcode for a length of one, four or eight bytes.
    template <Opcode one, Opcode four, Opcode eight>
    void put_data(std::string_view data) {
        if (fits<std::uint8_t>(data.size())) {
            put_counted<std::uint8_t>(one, data);
        } else if (fits<std::uint32_t>(data.size())) {
            put_counted<std::uint32_t>(four, data);
        } else {
            put_counted<std::uint64_t>(eight, data);
        }
    }

    std::string bytes_;
    std::vector<Open> open_;
    std::unordered_map<const void*, std::uint32_t> memo_;
};

}  // namespace

std::string to_pickle(const Value& value) {
    return PickleEncoder().encode(value);
}

}  // namespace cookbook::messaging
