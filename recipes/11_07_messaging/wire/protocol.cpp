#include "protocol.hpp"

#include <boost/endian/conversion.hpp>
#include <limits>

namespace cookbook::messaging {
namespace {

constexpr std::int32_t long_form = -1;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
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
            case Error::unread_data:
                return "the peer has sent more than was asked for";
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
    unsigned char header[sizeof(std::int32_t) + sizeof(std::uint64_t)];
    std::size_t size = sizeof(std::int32_t);
    if (message_size <= std::uint64_t{std::numeric_limits<std::int32_t>::max()}) {
        boost::endian::store_big_s32(header, static_cast<std::int32_t>(message_size));
    } else {
        boost::endian::store_big_s32(header, long_form);
        boost::endian::store_big_u64(header + size, message_size);
        size += sizeof(message_size);
    }
    return {reinterpret_cast<const char*>(header), size};
}

boost::system::result<std::optional<Header>> decode_header(std::string_view received,
                                                           std::uint64_t max_size) {
    // [step 1] Read the length in front of a message, in its short form and in its long one.
    Header header;
    header.size = sizeof(std::int32_t);
    if (received.size() < header.size) {
        return std::nullopt;
    }
    const auto length = boost::endian::load_big_s32(bytes_of(received));
    if (length == long_form) {
        header.size += sizeof(std::uint64_t);
        if (received.size() < header.size) {
            return std::nullopt;
        }
        header.message = boost::endian::load_big_u64(bytes_of(received) + sizeof(length));
    } else if (length < 0) {
        return make_error_code(Error::negative_length);
    } else {
        header.message = static_cast<std::uint64_t>(length);
    }
    // Refused before a byte is allocated for it: the peer may announce what it never sends.
    if (header.message > max_size) {
        return make_error_code(Error::too_long);
    }
    return header;
    // [end]
}

}  // namespace cookbook::messaging
