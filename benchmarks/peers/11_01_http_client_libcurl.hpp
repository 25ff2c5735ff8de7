// libcurl's easy handle, used again for each request, as its manual advises: the connection is
// kept.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace libcurl {

class Client {
public:
    explicit Client(const std::string& url) {
        curl_easy_setopt(handle_.get(), CURLOPT_URL, url.c_str());
        curl_easy_setopt(handle_.get(), CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle_.get(), CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
        curl_easy_setopt(handle_.get(), CURLOPT_COOKIEFILE, "");  // cookies are kept, as ours are
        curl_easy_setopt(handle_.get(), CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(handle_.get(), CURLOPT_WRITEFUNCTION, append);
        curl_easy_setopt(handle_.get(), CURLOPT_WRITEDATA, &content_);
    }

    /// The content of the response.
    const std::string& get() {
        content_.clear();
        if (const CURLcode error = curl_easy_perform(handle_.get()); error != CURLE_OK) {
            throw std::runtime_error(curl_easy_strerror(error));
        }
        return content_;
    }

private:
    struct CleanUp {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };

    static std::size_t append(char* data, std::size_t size, std::size_t count, void* to) {
        static_cast<std::string*>(to)->append(data, size * count);
        return size * count;
    }

    std::unique_ptr<CURL, CleanUp> handle_{curl_easy_init()};
    std::string content_;
};

}  // namespace libcurl
