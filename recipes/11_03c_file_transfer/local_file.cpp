#include "local_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/cli/input.hpp"
#include "common/cli/new_file.hpp"
#include "common/cli/output.hpp"

namespace cookbook::file_transfer {
namespace {

class NewFileSink final : public Sink {
public:
    explicit NewFileSink(const std::string& path) : file_(path) {}

    void write(std::string_view data) override { file_.write(data); }
    asio::awaitable<void> finish() override {
        file_.sync();
        file_.commit();
        co_return;
    }

private:
    NewFile file_;
};

class OutputSink final : public Sink {
public:
    explicit OutputSink(std::FILE* output) : output_(output) {}

    void write(std::string_view data) override { write_output(output_, data); }
    asio::awaitable<void> finish() override { co_return; }

private:
    std::FILE* output_;
};

/// A file without a name, which goes with its descriptor.
Descriptor open_unnamed_file() {
    std::FILE* const file = std::tmpfile();
    if (file == nullptr) {
        throw std::system_error(errno, std::generic_category(), "open a temporary file");
    }
    Descriptor descriptor(::fcntl(::fileno(file), F_DUPFD_CLOEXEC, 0), "fcntl");
    std::fclose(file);
    return descriptor;
}

void write_everything(int file, std::string_view data) {
    while (!data.empty()) {
        const ssize_t size = ::write(file, data.data(), data.size());
        if (size < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "write a temporary file");
        }
        data.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
}

/// All that a pipe or a terminal has to give.
asio::awaitable<SourceFile> read_to_end(int descriptor) {
    SourceFile file{open_unnamed_file(), 0};
    asio::posix::stream_descriptor input = open_input(co_await this_coro::executor, descriptor);
    std::array<char, 65'536> buffer;
    for (;;) {
        const auto [error, size] =
            co_await input.async_read_some(asio::buffer(buffer), use_nothrow);
        write_everything(file.descriptor.get(), {buffer.data(), size});
        file.size += size;
        if (error == asio::error::eof) {
            co_return file;
        }
        if (error) {
            throw boost::system::system_error(error, "read input");
        }
    }
}

/// Opens a file; of a FIFO, waits until somebody writes to it.
Descriptor open_to_read(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == EINTR) {  // only the signals that stop us are handled
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    return Descriptor(descriptor, "open");
}

}  // namespace

std::unique_ptr<Sink> open_sink(const std::string& path) {
    if (path.empty()) {
        return std::make_unique<OutputSink>(stdout);
    }
    return std::make_unique<NewFileSink>(path);
}

asio::awaitable<SourceFile> open_source(std::string path) {
    if (path == "-") {
        co_return co_await read_to_end(STDIN_FILENO);
    }
    Descriptor descriptor = open_to_read(path);
    struct stat status{};
    if (::fstat(descriptor.get(), &status) != 0 || S_ISDIR(status.st_mode)) {
        throw std::system_error(EISDIR, std::generic_category(), "open");
    }
    if (!S_ISREG(status.st_mode)) {
        co_return co_await read_to_end(descriptor.get());
    }
    co_return SourceFile{std::move(descriptor), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace cookbook::file_transfer
