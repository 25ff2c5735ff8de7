// A throwaway authority on disk: a good certificate, and each kind of bad one.
#pragma once

#include <filesystem>

namespace cookbook::tls {

/// Makes the folder, if it is not there, and in it, PEM: ca.pem, the authority; other-ca.pem,
/// another, which has signed nothing; and NAME.pem, a certificate with its intermediate, and
/// NAME.key, its key (mode 0600), for the NAMEs
///
///     good           a server on this machine: localhost, 127.0.0.1, ::1
///     expired        the same, until yesterday
///     not-yet-valid  the same, from tomorrow on
///     wrong-host     a server called example.com
///     self-signed    signed by nobody but itself
///     incomplete     good, but without its intermediate
///     client         a client
///     client-expired the same, until yesterday
///
/// Files that are there already are replaced. Throws std::system_error, "write PATH: reason".
void make_certs(const std::filesystem::path& folder);

}  // namespace cookbook::tls
