#include "url_error.hpp"

#include <string>

namespace cookbook::http_client {
namespace {

class UrlCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "url"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<UrlError>(value)) {
            case UrlError::control_character:
                return "the URL has a control character";
            case UrlError::space:
                return "the URL has a space; write it as %20";
            case UrlError::scheme:
                return "the URL is neither http:// nor https://";
            case UrlError::host:
                return "the URL has no host, or one that is neither a name of letters, digits and "
                       "-._~ nor an IP address";
            case UrlError::port:
                return "the URL's port is not a number up to 65535";
            case UrlError::credentials:
                return "the URL's user or password is malformed; write @ as %40, / as %2F";
        }
        return "unknown error";
    }
};

}  // namespace

const boost::system::error_category& url_category() noexcept {
    static const UrlCategory category;
    return category;
}

boost::system::error_code make_error_code(UrlError error) noexcept {
    return {static_cast<int>(error), url_category()};
}

}  // namespace cookbook::http_client
