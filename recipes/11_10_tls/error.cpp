#include "error.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/system/system_category.hpp>

namespace cookbook::tls {
namespace {

class TlsCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tls"; }
    [[nodiscard]] std::string message(int value) const override {
        return static_cast<Error>(value) == Error::stream_truncated ? "stream truncated"
                                                                    : "unknown error";
    }
};

class OpensslCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "openssl"; }
    [[nodiscard]] std::string message(int value) const override {
        const char* words = ERR_reason_error_string(static_cast<unsigned long>(value));
        return words ? words : "unknown error " + std::to_string(value);
    }
};

class VerifyCategory final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "verify"; }
    [[nodiscard]] std::string message(int value) const override {
        return std::string("certificate verify failed: ") + X509_verify_cert_error_string(value);
    }
};

}  // namespace

const boost::system::error_category& tls_category() noexcept {
    static const TlsCategory category;
    return category;
}

const boost::system::error_category& openssl_category() noexcept {
    static const OpensslCategory category;
    return category;
}

const boost::system::error_category& verify_category() noexcept {
    static const VerifyCategory category;
    return category;
}

error_code take_error(const SSL* ssl) noexcept {
    unsigned long oldest = ERR_get_error();
    if (ERR_GET_LIB(oldest) == ERR_LIB_PROV && ERR_peek_error() != 0) {
        oldest = ERR_get_error();  // a cipher's "operation failed" says less than its caller does
    }
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(oldest)) {
        return {ERR_GET_REASON(oldest), boost::system::system_category()};
    }
    const bool distrusted = ERR_GET_LIB(oldest) == ERR_LIB_SSL &&
                            ERR_GET_REASON(oldest) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    if (distrusted && ssl) {
        return {static_cast<int>(SSL_get_verify_result(ssl)), verify_category()};
    }
    // OpenSSL fails without an entry only if it could not allocate one.
    return {oldest ? static_cast<int>(oldest) : ERR_R_MALLOC_FAILURE, openssl_category()};
}

bool is_alert(const error_code& error) noexcept {
    const auto entry = static_cast<unsigned long>(error.value());
    return error.category() == openssl_category() && ERR_GET_LIB(entry) == ERR_LIB_SSL &&
           ERR_GET_REASON(entry) >= SSL_AD_REASON_OFFSET;
}

}  // namespace cookbook::tls
