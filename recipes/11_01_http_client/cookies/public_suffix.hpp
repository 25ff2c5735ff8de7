// Domains below which everybody can have a name: com, co.uk, github.io (publicsuffix.org).
#pragma once

#include <string>

namespace cookbook::http_client {

/// Who gets a cookie that a host sets for a domain.
enum class DomainScope {
    refused,    // nobody: the host lies outside of it, or others have names in it
    host_only,  // the host, which is an address, or a public suffix itself
    domain      // all hosts of the domain
};

/// Both in lower case, `domain` without a dot before it. Goes by the system's list of public
/// suffixes or by libpsl's own, whichever is newer.
[[nodiscard]] DomainScope domain_scope(const std::string& host, const std::string& domain);

}  // namespace cookbook::http_client
