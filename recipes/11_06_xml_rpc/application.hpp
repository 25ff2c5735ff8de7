// A dispatcher as a web application.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/application.hpp"
#include "dispatcher.hpp"
#include "xml/reader.hpp"

namespace cookbook::xml_rpc {

/// What calls a method by its name. Throws Fault.
using Callee = std::function<Value(std::string_view name, Array arguments)>;

/// Has the callee do what the document asks for, and appends the response to `out`: the result, or
/// a fault for whatever has gone wrong. A result that is larger than `max_result` bytes of XML is
/// such a fault. Throws nothing but std::bad_alloc.
void respond_to_call(std::string& out, Reader& reader, const Callee& callee,
                     std::string_view document, std::size_t max_result = std::string::npos);
void respond_to_call(std::string& out, Reader& reader, const Dispatcher& dispatcher,
                     std::string_view document, std::size_t max_result = std::string::npos);

/// The response to a request that can be no call: 404 if its path is none of these, 405 if it is
/// not a POST, 415 for a Content-Encoding. Nothing if it can be one.
[[nodiscard]] std::optional<http::Response> refuse_request(const http::Request& request,
                                                           const std::vector<std::string>& paths);

struct ApplicationOptions {
    ReadLimits limits = {};
    std::vector<std::string> paths = {"/", "/RPC2"};  // as they come: not decoded
    std::size_t max_result = 16 << 20;                // bytes of its document
};

/// Responds to POST of a document on one of the paths; a fault is 200, too. Others are refused as
/// refuse_request() does.
[[nodiscard]] http::Application make_application(Dispatcher dispatcher,
                                                 ApplicationOptions options = {});

}  // namespace cookbook::xml_rpc
