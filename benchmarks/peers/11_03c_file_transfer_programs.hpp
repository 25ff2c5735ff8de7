// Programs that speak TFTP: curl, and atftp with its server.
#pragma once

#include <string>

#include "support/counts.hpp"

namespace cookbook::peers {

/// The command that gets `file` into `copy`, from a server on 127.0.0.1.
struct Request {
    std::string port;
    std::string file;
    std::string copy;
    std::string block_size;
    std::string window;
};

/// Knows no windows.
inline benchmarks::Command curl(const Request& request) {
    return {"curl",
            "-s",
            "--tftp-blksize",
            request.block_size,
            "-o",
            request.copy,
            "tftp://127.0.0.1:" + request.port + "/" + request.file};
}

inline benchmarks::Command atftp(const Request& request) {
    return {"atftp",
            "--option",
            "blksize " + request.block_size,
            "--option",
            "windowsize " + request.window,
            "--get",
            "-l",
            request.copy,
            "-r",
            request.file,
            "127.0.0.1",
            request.port};
}

inline benchmarks::Command atftpd(const std::string& folder, const std::string& port) {
    return {"/usr/sbin/atftpd", "--daemon",  "--no-fork", "--port", port,
            "--bind-address",   "127.0.0.1", folder};
}

}  // namespace cookbook::peers
