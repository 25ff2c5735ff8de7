// What a request asks for by name: in its path, its query, its form.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/http/message.hpp"

namespace cookbook::rest_interface {

/// Names and values, decoded, in the order in which they came; a name may come again.
class Parameters {
public:
    void add(std::string name, std::string value);

    /// The first value of that name, or `otherwise`.
    [[nodiscard]] std::string_view get(std::string_view name,
                                       std::string_view otherwise = "") const;
    [[nodiscard]] bool contains(std::string_view name) const;

    [[nodiscard]] std::size_t size() const { return values_.size(); }
    [[nodiscard]] auto begin() const { return values_.begin(); }
    [[nodiscard]] auto end() const { return values_.end(); }

private:
    [[nodiscard]] const std::string* find(std::string_view name) const;

    std::vector<std::pair<std::string, std::string>> values_;
};

/// Adds what `text`, a query or an application/x-www-form-urlencoded body, holds: "a=b&c=d+e%21"
/// (WHATWG URL, 5.1; RFC 3986, 3.4). 400 if it is malformed, hides a NUL, or brings the parameters
/// to more than 1000.
[[nodiscard]] http::Result<void> add_urlencoded(Parameters& parameters, std::string_view text);

/// Whether a body of that Content-Type is a form.
[[nodiscard]] bool is_form(std::string_view content_type);

/// Adds what a form holds, urlencoded or multipart. 400 as above.
[[nodiscard]] http::Result<void> add_form(Parameters& parameters, std::string_view content_type,
                                          std::string_view body);

/// The segments of a path, decoded: "/a%20b/c" is {"a b", "c"}, "/" is {""}, "*" is {}. 400 if it
/// is malformed, or if decoding brings up what could lead out of a folder: "." and "..", a slash, a
/// NUL.
[[nodiscard]] http::Result<std::vector<std::string>> segments_of(std::string_view path);

}  // namespace cookbook::rest_interface
