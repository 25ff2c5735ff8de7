#include "public_suffix.hpp"

#include <libpsl.h>

#include <memory>

#include "cookie.hpp"

namespace cookbook::http_client {
namespace {

const psl_ctx_t* public_suffixes() {
    static const std::unique_ptr<psl_ctx_t, decltype(&psl_free)> list(psl_latest(nullptr),
                                                                      &psl_free);
    return list.get();  // without a list, libpsl takes every domain for a public suffix
}

/// The name of the same host that libpsl knows: to it, "co.uk." is nobody's.
std::string without_root(std::string host) {
    if (host.ends_with('.')) {
        host.pop_back();
    }
    return host;
}

}  // namespace

DomainScope domain_scope(const std::string& host, const std::string& domain) {
    if (!domain_matches(host, domain)) {
        return DomainScope::refused;
    }
    const std::string name = without_root(domain);
    // It accepts a public suffix if that is the host itself.
    if (!psl_is_cookie_domain_acceptable(public_suffixes(), without_root(host).c_str(),
                                         name.c_str())) {
        return DomainScope::refused;
    }
    return is_address(name) || psl_is_public_suffix(public_suffixes(), name.c_str())
               ? DomainScope::host_only
               : DomainScope::domain;
}

}  // namespace cookbook::http_client
