#include "protocol.hpp"

#include <boost/endian/conversion.hpp>
#include <limits>

namespace cookbook::messaging {
namespace {

using boost::endian::order;

constexpr std::int32_t long_form = -1;

template <typename Number>
void append(std::string& bytes, Number number) {
    unsigned char field[sizeof(Number)];
    boost::endian::endian_store<Number, sizeof(Number), order::big>(field, number);
    bytes.append(reinterpret_cast<const char*>(field), sizeof(field));
}

template <typename Number>
Number number_at(std::string_view bytes, std::size_t position) {
    return boost::endian::endian_load<Number, sizeof(Number), order::big>(
        reinterpret_cast<const unsigned char*>(bytes.data()) + position);
}

class ErrorCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "messaging"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Error>(value)) {
            case Error::negative_length:
                return "the peer announced a message of negative length";
            case Error::too_long:
                return "the peer announced a message longer than allowed";
            case Error::cut_short:
                return "the peer left in the middle of a message";
            case Error::no_challenge:
                return "the peer does not begin with a challenge; is it another kind of server?";
            case Error::unknown_digest:
                return "the peer asks for a digest that is not known here";
            case Error::md5_only:
                return "the peer knows HMAC-MD5 only (Python before 3.12), which is not allowed "
                       "here";
            case Error::wrong_answer:
                return "the peer does not know the key";
            case Error::rejected:
                return "the peer refused our key";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& error_category() {
    static const ErrorCategory category;
    return category;
}

boost::system::error_code make_error_code(Error error) {
    return {static_cast<int>(error), error_category()};
}

std::string encode_header(std::uint64_t message_size) {
    std::string header;
    if (message_size <= std::uint64_t{std::numeric_limits<std::int32_t>::max()}) {
        append(header, static_cast<std::int32_t>(message_size));
    } else {
        append(header, long_form);
        append(header, message_size);
    }
    return header;
}

boost::system::result<std::optional<Header>> decode_header(std::string_view received,
                                                           std::uint64_t most) {
    // [step 1] Read the length in front of a message, in its short form and in its long one.
    Header header;
    header.size = sizeof(std::int32_t);
    if (received.size() < header.size) {
        return std::nullopt;
    }
    const auto length = number_at<std::int32_t>(received, 0);
    if (length == long_form) {
        header.size += sizeof(std::uint64_t);
        if (received.size() < header.size) {
            return std::nullopt;
        }
        header.message = number_at<std::uint64_t>(received, sizeof(std::int32_t));
    } else if (length < 0) {
        return make_error_code(Error::negative_length);
    } else {
        header.message = static_cast<std::uint64_t>(length);
    }
    // Refused before a byte is allocated for it: the peer may announce what it never sends.
    if (header.message > most) {
        return make_error_code(Error::too_long);
    }
    return header;
    // [end]
}

}  // namespace cookbook::messaging
