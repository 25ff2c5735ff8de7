#include "body.hpp"

#include <sys/stat.h>

#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <vector>

namespace cookbook::http_client {
namespace {

[[noreturn]] void fail_to_read(const std::string& path) {
    throw std::system_error(errno, std::generic_category(), "read " + path);
}

/// The bytes of a file. Reading one blocks, but for no longer than a disk does. A pipe can be read
/// once, and blocks for as long as its writer does.
class FileSource final : public BodySource {
public:
    explicit FileSource(const std::filesystem::path& path)
        : path_(path), file_(std::fopen(path.c_str(), "rbe")) {
        struct stat status{};
        if (!file_ || ::fstat(fileno(file_.get()), &status) != 0) {
            fail_to_read(path_);
        }
        if (S_ISDIR(status.st_mode)) {
            errno = EISDIR;
            fail_to_read(path_);
        }
        if (S_ISREG(status.st_mode)) {
            size_ = static_cast<std::uint64_t>(status.st_size);
        }
        std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // reads are large already
    }

    [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }

    asio::awaitable<std::string_view> read_some() override {
        constexpr std::size_t piece_size = std::size_t{256} << 10U;
        read_ = true;
        piece_.resize(piece_size);
        const std::size_t size = std::fread(piece_.data(), 1, piece_.size(), file_.get());
        if (size == 0 && std::ferror(file_.get()) != 0) {
            fail_to_read(path_);
        }
        co_return std::string_view(piece_.data(), size);
    }

    bool rewind() override { return !read_ || std::fseek(file_.get(), 0, SEEK_SET) == 0; }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
    std::optional<std::uint64_t> size_;
    std::vector<char> piece_;
    bool read_ = false;
};

}  // namespace

Body Body::form(std::span<const NameValue> controls) {
    return Body(encode_form(controls), "application/x-www-form-urlencoded");
}

Body Body::json(const boost::json::value& value) {
    return Body(boost::json::serialize(value), "application/json");
}

Body Body::file(const std::filesystem::path& path, std::string content_type) {
    return Body(std::make_shared<FileSource>(path), std::move(content_type));
}

std::optional<std::uint64_t> Body::size() const {
    if (const BodySource* from = source()) {
        return from->size();
    }
    return data() ? data()->size() : 0;
}

std::string encode_form(std::span<const NameValue> controls) {
    using boost::urls::unreserved_chars;
    boost::urls::encoding_opts options;
    options.space_as_plus = true;
    std::string form;
    for (const auto& [name, value] : controls) {
        form.append(form.empty() ? "" : "&")
            .append(boost::urls::encode(name, unreserved_chars, options))
            .append("=")
            .append(boost::urls::encode(value, unreserved_chars, options));
    }
    return form;
}

}  // namespace cookbook::http_client
