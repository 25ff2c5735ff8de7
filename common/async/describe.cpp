#include "common/async/describe.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <string_view>
#include <system_error>

namespace cookbook {

std::string describe(const std::exception& failure) {
    std::string_view message = failure.what();
    if (const auto* error = dynamic_cast<const boost::system::system_error*>(&failure)) {
        const std::string appended = std::string(" [") + error->code().category().name() + ':';
        message = message.substr(0, message.find(appended));
    }
    return std::string(message.substr(0, message.find('\n')));
}

bool is_cancellation(const std::exception& failure) {
    if (const auto* error = dynamic_cast<const boost::system::system_error*>(&failure)) {
        return error->code() == boost::asio::error::operation_aborted;
    }
    const auto* error = dynamic_cast<const std::system_error*>(&failure);
    return error != nullptr && error->code() == std::errc::operation_canceled;
}

}  // namespace cookbook
