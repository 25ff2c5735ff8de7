// libcurl's multi handle: many transfers at once over a few connections, which it keeps.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace libcurl {

class Multi {
public:
    Multi(std::string url, long connections, std::size_t concurrency) : url_(std::move(url)) {
        curl_multi_setopt(multi_.get(), CURLMOPT_MAX_HOST_CONNECTIONS, connections);
        curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, connections);
        transfers_.resize(concurrency);
        for (Transfer& transfer : transfers_) {
            transfer.handle.reset(curl_easy_init());
            CURL* const handle = transfer.handle.get();
            curl_easy_setopt(handle, CURLOPT_URL, url_.c_str());
            curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
            curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
            curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, append);
            curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer.content);
            curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfer);
        }
    }
    ~Multi() {
        for (const Transfer& transfer : transfers_) {
            curl_multi_remove_handle(multi_.get(), transfer.handle.get());
        }
    }
    Multi(const Multi&) = delete;
    Multi& operator=(const Multi&) = delete;

    /// Gets the URL `count` times; throws if a response has not `size` bytes.
    void get(int count, std::size_t size) {
        int begun = 0;
        for (Transfer& transfer : transfers_) {
            if (begun < count) {
                begin(transfer);
                ++begun;
            }
        }
        for (int ended = 0; ended < count;) {
            int running = 0;
            curl_multi_perform(multi_.get(), &running);
            int left = 0;
            while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
                Transfer& transfer = finish(*message, size);
                ++ended;
                if (begun < count) {
                    begin(transfer);
                    ++begun;
                }
            }
            if (ended < count) {
                curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr);
            }
        }
    }

private:
    struct CleanUp {
        void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    };
    struct CleanUpMulti {
        void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
    };
    struct Transfer {
        std::unique_ptr<CURL, CleanUp> handle;
        std::string content;
    };

    static std::size_t append(char* data, std::size_t size, std::size_t count, void* to) {
        static_cast<std::string*>(to)->append(data, size * count);
        return size * count;
    }

    void begin(Transfer& transfer) {
        transfer.content.clear();
        curl_multi_add_handle(multi_.get(), transfer.handle.get());
    }

    Transfer& finish(const CURLMsg& message, std::size_t size) {
        char* owner = nullptr;
        curl_easy_getinfo(message.easy_handle, CURLINFO_PRIVATE, &owner);
        Transfer& transfer = *reinterpret_cast<Transfer*>(owner);
        if (message.data.result != CURLE_OK || transfer.content.size() != size) {
            throw std::runtime_error("a response is not complete");
        }
        curl_multi_remove_handle(multi_.get(), transfer.handle.get());
        return transfer;
    }

    std::string url_;
    std::unique_ptr<CURLM, CleanUpMulti> multi_{curl_multi_init()};
    std::vector<Transfer> transfers_;
};

}  // namespace libcurl
