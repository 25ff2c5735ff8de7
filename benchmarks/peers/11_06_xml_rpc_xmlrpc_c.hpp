// xmlrpc-c: its server, Abyss, with a thread for each connection; its client, over libcurl; its
// codec.
#pragma once

#include <xmlrpc-c/base.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <xmlrpc-c/base.hpp>
#include <xmlrpc-c/client_simple.hpp>
#include <xmlrpc-c/registry.hpp>
#include <xmlrpc-c/server_abyss.hpp>

namespace xmlrpc_c_peer {

class Add : public xmlrpc_c::method {
public:
    void execute(const xmlrpc_c::paramList& params, xmlrpc_c::value* result) override {
        *result = xmlrpc_c::value_int(params.getInt(0) + params.getInt(1));
    }
};

/// Serves add(int, int) until the process is killed.
inline void serve(std::uint16_t port) {
    xmlrpc_c::registry registry;
    registry.addMethod("add", xmlrpc_c::methodPtr(new Add));
    constexpr unsigned for_ever = 1'000'000'000;
    xmlrpc_c::serverAbyss server(xmlrpc_c::serverAbyss::constrOpt()
                                     .registryP(&registry)
                                     .portNumber(port)
                                     .maxConn(64)
                                     .keepaliveTimeout(for_ever)
                                     .keepaliveMaxConn(for_ever));
    server.run();
}

/// Calls add(int, int) so many times, over one connection.
inline void call(const std::string& url, int calls) {
    xmlrpc_c::clientSimple client;
    for (int i = 0; i < calls; ++i) {
        xmlrpc_c::value result;
        client.call(url, "add", "ii", &result, 2, 3);
        if (int(xmlrpc_c::value_int(result)) != 5) {
            throw std::runtime_error("xmlrpc-c: a wrong sum");
        }
    }
}

/// An environment that throws.
class Environment {
public:
    Environment() { xmlrpc_env_init(&environment_); }
    ~Environment() { xmlrpc_env_clean(&environment_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    xmlrpc_env* get() { return &environment_; }
    void check() const {
        if (environment_.fault_occurred != 0) {
            throw std::runtime_error(environment_.fault_string);
        }
    }

private:
    xmlrpc_env environment_{};
};

/// Reads a call.
inline void decode(const std::string& document) {
    Environment environment;
    const char* method = nullptr;
    xmlrpc_value* params = nullptr;
    xmlrpc_parse_call(environment.get(), document.data(), document.size(), &method, &params);
    environment.check();
    std::free(const_cast<char*>(method));  // as its manual says
    xmlrpc_DECREF(params);
}

/// The arguments of a call: an array of `count` integers.
inline xmlrpc_value* make_params(int count) {
    Environment environment;
    xmlrpc_value* const numbers = xmlrpc_array_new(environment.get());
    for (int i = 0; i < count; ++i) {
        xmlrpc_value* const number = xmlrpc_int_new(environment.get(), i * 7919);
        xmlrpc_array_append_item(environment.get(), numbers, number);
        xmlrpc_DECREF(number);
    }
    xmlrpc_value* const params = xmlrpc_build_value(environment.get(), "(A)", numbers);
    environment.check();
    xmlrpc_DECREF(numbers);
    return params;
}

/// Writes a call; returns its size.
inline std::size_t encode(xmlrpc_value* params) {
    Environment environment;
    xmlrpc_mem_block* const block = xmlrpc_mem_block_new(environment.get(), 0);
    xmlrpc_serialize_call(environment.get(), block, "f", params);
    environment.check();
    const std::size_t size = xmlrpc_mem_block_size(block);
    xmlrpc_mem_block_free(block);
    return size;
}

}  // namespace xmlrpc_c_peer
