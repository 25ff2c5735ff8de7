// The folder with all that the server needs, made when it is not there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cookbook::control_plane {

/// Makes what is missing: the folder (mode 0700), and in it admin.key (0600), ca.pem, the
/// authority's certificate, ca.key (0600), with which it signs, and server.pem (0600), the server's
/// certificate, chain and key. What is there stays as it is; several may do this at once. Throws
/// std::runtime_error, "write PATH: reason" or, if there is an authority that cannot sign, "read
/// PATH: reason" or "PATH: reason".
void make_data_folder(const std::filesystem::path& folder);

/// The key in admin.key. Throws std::system_error, "read PATH: reason"; std::invalid_argument if it
/// is empty.
[[nodiscard]] std::string read_key(const std::filesystem::path& file);

/// Throws std::invalid_argument if a client's name is not 1 to 64 letters, digits, '.', '-' and
/// '_', or names one of the folder's own files.
void check_client_name(std::string_view name);

/// Writes FOLDER/NAME.pem (0600): a client's certificate with CN=NAME, good for a year, its chain
/// and its key, signed by the folder's authority. An older one is replaced. Returns its path.
/// Throws as check_client_name() does; std::runtime_error, "read PATH: reason" or "PATH: reason" if
/// there is no authority that can sign, and "write PATH: reason".
std::filesystem::path certify(const std::filesystem::path& folder, const std::string& name);

}  // namespace cookbook::control_plane
