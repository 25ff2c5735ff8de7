#include "big_integer.hpp"

#include <openssl/bn.h>
#include <openssl/crypto.h>

#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>

#include "value.hpp"

namespace cookbook::messaging {
namespace {

struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(char* text) const { OPENSSL_free(text); }
};
using BigNumber = std::unique_ptr<BIGNUM, Free>;

// OpenSSL's arithmetic fails only for want of memory.
void check(bool done) {
    if (!done) {
        throw std::bad_alloc();
    }
}

BigNumber power_of_two(int exponent) {
    BigNumber number(BN_new());
    check(number && BN_set_bit(number.get(), exponent));
    return number;
}

const unsigned char* unsigned_bytes(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

bool is_negative(std::string_view bytes) {
    return (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
}

std::size_t digits_of(std::string_view decimal) {
    return decimal.size() - (decimal.starts_with('-') ? 1 : 0);
}

void check_digits(std::size_t count) {
    if (count > max_digits) {
        throw std::length_error("an integer of more than " + std::to_string(max_digits) +
                                " digits has no text form");
    }
}

}  // namespace

std::string to_decimal(const BigInteger& integer) {
    check_digits(2 * integer.bytes.size());  // at least; so it says no before the work is done
    const int size = static_cast<int>(integer.bytes.size());
    const BigNumber number(BN_lebin2bn(unsigned_bytes(integer.bytes), size, nullptr));
    check(number != nullptr);
    if (is_negative(integer.bytes)) {
        check(BN_sub(number.get(), number.get(), power_of_two(8 * size).get()));
    }
    const std::unique_ptr<char, Free> text(BN_bn2dec(number.get()));
    check(text != nullptr);
    std::string decimal = text.get();
    check_digits(digits_of(decimal));
    return decimal;
}

Value integer_from_decimal(const std::string& decimal) {
    check_digits(digits_of(decimal));
    BIGNUM* parsed = nullptr;
    check(BN_dec2bn(&parsed, decimal.c_str()) != 0);
    const BigNumber number(parsed);
    const int size = BN_num_bytes(number.get()) + 1;  // room for the sign
    if (BN_is_negative(number.get())) {
        check(BN_add(number.get(), number.get(), power_of_two(8 * size).get()));
    }
    std::string bytes(static_cast<std::size_t>(size), '\0');
    check(BN_bn2lebinpad(number.get(), reinterpret_cast<unsigned char*>(bytes.data()), size) ==
          size);
    return integer_from_bytes(bytes);
}

Value integer_from_bytes(std::string_view bytes) {
    const auto last_byte_says_nothing = [&] {
        if (bytes.size() < 2) {
            return false;
        }
        const char sign = is_negative(bytes) ? '\xff' : '\0';
        return bytes.back() == sign &&
               is_negative(bytes) == is_negative(bytes.substr(0, bytes.size() - 1));
    };
    while (last_byte_says_nothing()) {
        bytes.remove_suffix(1);
    }
    if (bytes.size() > sizeof(std::int64_t)) {
        return BigInteger{std::string(bytes)};
    }
    std::uint64_t number = !bytes.empty() && is_negative(bytes) ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        number = number << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return static_cast<std::int64_t>(number);
}

}  // namespace cookbook::messaging
