#include "response_count.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <system_error>

namespace cookbook::cidr_manager {

ResponseCount::ResponseCount(std::FILE* output) : output_(output), file_(nullptr) {
    cookie_io_functions_t functions{};
    functions.write = [](void* cookie, const char* data, std::size_t size) -> ssize_t {
        auto& self = *static_cast<ResponseCount*>(cookie);
        self.look_at({data, size});
        const bool passed_on =
            std::fwrite(data, 1, size, self.output_) == size && std::fflush(self.output_) == 0;
        return passed_on ? static_cast<ssize_t>(size) : 0;
    };
    file_ = ::fopencookie(this, "w", functions);
    if (file_ == nullptr) {
        throw std::system_error(errno, std::generic_category(), "fopencookie");
    }
}

ResponseCount::~ResponseCount() {
    std::fclose(file_);
}

void ResponseCount::look_at(std::string_view data) {
    while (!data.empty()) {
        const std::size_t end = data.find('\n');
        // The rest of a line that is no response is not looked at.
        line_ += data.substr(0, std::min(end, max_response - line_.size()));
        if (end == std::string_view::npos) {
            return;
        }
        ++responses_;
        errors_ += is_error(line_) ? 1 : 0;
        line_.clear();
        data.remove_prefix(end + 1);
    }
}

bool is_error(std::string_view line) {
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    return error || !value.is_object() || !value.get_object().contains("result");
}

}  // namespace cookbook::cidr_manager
