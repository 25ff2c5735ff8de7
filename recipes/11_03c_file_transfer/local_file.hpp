// Files of the client's own: where what it gets goes, and what it puts comes from.
#pragma once

#include <memory>
#include <string>

#include "common/async/asio.hpp"
#include "file_blocks.hpp"
#include "root_folder.hpp"

namespace cookbook::file_transfer {

/// A file that is there once it is whole (NewFile), or stdout if the path is empty. Throws
/// std::system_error, "write PATH: reason".
std::unique_ptr<Sink> open_sink(const std::string& path);

/// The file, or all of stdin if the path is "-". Of a pipe or a terminal, reads all there is into
/// a file without a name. Throws system_error; operation_aborted if a signal comes while it waits
/// for somebody to open the other end of a FIFO.
asio::awaitable<SourceFile> open_source(std::string path);

}  // namespace cookbook::file_transfer
