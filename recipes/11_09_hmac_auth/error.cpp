#include <boost/system/error_category.hpp>
#include <string>

#include "hmac_auth.hpp"

namespace cookbook::hmac_auth {
namespace {

class ErrorCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "hmac_auth"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<Error>(value)) {
            case Error::wrong_response:
                return "wrong response: another key, or another digest?";
            case Error::hung_up:
                return "hung up on our answer: another key, or another digest?";
            case Error::wrong_proof:
                return "does not know the key";
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

bool is_hang_up(const error_code& error) {
    return error == asio::error::eof || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe;
}

}  // namespace cookbook::hmac_auth
