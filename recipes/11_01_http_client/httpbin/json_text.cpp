#include "json_text.hpp"

#include <algorithm>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>

#include "common/async/asio.hpp"
#include "utf8.hpp"

namespace cookbook::http_client::httpbin {
namespace {

/// Takes what boost::json::basic_parser reads, and keeps nothing.
struct Discard {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    static bool on_document_begin(error_code&) { return true; }
    static bool on_document_end(error_code&) { return true; }
    static bool on_array_begin(error_code&) { return true; }
    static bool on_array_end(std::size_t, error_code&) { return true; }
    static bool on_object_begin(error_code&) { return true; }
    static bool on_object_end(std::size_t, error_code&) { return true; }
    static bool on_key_part(std::string_view, std::size_t, error_code&) { return true; }
    static bool on_key(std::string_view, std::size_t, error_code&) { return true; }
    static bool on_string_part(std::string_view, std::size_t, error_code&) { return true; }
    static bool on_string(std::string_view, std::size_t, error_code&) { return true; }
    static bool on_number_part(std::string_view, error_code&) { return true; }
    static bool on_int64(std::int64_t, std::string_view, error_code&) { return true; }
    static bool on_uint64(std::uint64_t, std::string_view, error_code&) { return true; }
    static bool on_double(double, std::string_view, error_code&) { return true; }
    static bool on_bool(bool, error_code&) { return true; }
    static bool on_null(error_code&) { return true; }
    static bool on_comment_part(std::string_view, error_code&) { return true; }
    static bool on_comment(std::string_view, error_code&) { return true; }
};

bool is_json(std::string_view text) {
    boost::json::parse_options options;
    options.max_depth = 100;
    boost::json::basic_parser<Discard> parser(options);
    error_code error;
    const std::size_t taken = parser.write_some(false, text.data(), text.size(), error);
    return !error && taken == text.size();
}

}  // namespace

std::string to_json(std::string_view text) {
    const std::string well_formed = replace_malformed(text);
    return boost::json::serialize(boost::json::string(well_formed.data(), well_formed.size()));
}

std::string to_json(const Values& values) {
    Members members;
    for (const auto& [name, list] : values) {
        std::string texts;
        for (const std::string& value : list) {
            texts.append(texts.empty() ? "" : ",").append(to_json(value));
        }
        members.emplace(name, list.size() == 1 ? texts : "[" + texts + "]");
    }
    return to_json(members);
}

std::string to_json(const Members& members) {
    std::string text = "{";
    for (const auto& [name, value] : members) {
        text.append(text.size() == 1 ? "" : ",").append(to_json(name)).append(":").append(value);
    }
    return text += "}";
}

std::string json_or_null(std::string_view text) {
    std::string trimmed(text);
    boost::trim_if(trimmed, boost::is_any_of(" \t\r\n"));
    return is_json(trimmed) ? trimmed : "null";
}

http::Response json_response(const Members& members) {
    http::Response response(http::status::ok, "application/json");
    response.data() = to_json(members) + "\n";
    return response;
}

}  // namespace cookbook::http_client::httpbin
