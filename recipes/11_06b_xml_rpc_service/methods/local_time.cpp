#include "local_time.hpp"

namespace cookbook::xml_rpc_service {

std::optional<std::string> format_time(std::time_t time, const std::string& format,
                                       std::size_t max_size) {
    std::tm local{};
    ::localtime_r(&time, &local);
    // strftime() returns 0 for what does not fit, and for what is empty: "" and "%p" in some
    // locales. With a character more nothing is empty; in front, where no conversion takes it.
    std::string text(max_size + 2, '\0');
    const std::string never_empty = '.' + format;
    const std::size_t size = std::strftime(text.data(), text.size(), never_empty.c_str(), &local);
    if (size == 0) {
        return {};
    }
    return text.substr(1, size - 1);
}

xml_rpc::DateTime to_date_time(std::time_t time) {
    constexpr std::size_t max_size = 40;
    return {format_time(time, "%Y%m%dT%H:%M:%S", max_size).value_or("")};
}

}  // namespace cookbook::xml_rpc_service
