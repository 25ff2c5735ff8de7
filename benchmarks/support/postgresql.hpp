// The PostgreSQL server of the tests, for a benchmark.
#pragma once

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "11_05b_rest_api/connection.hpp"

namespace cookbook::benchmarks {

/// It ends with its input, which is a pipe of ours.
class PostgreSql {
public:
    /// `output` is the path of a pipe that it makes.
    explicit PostgreSql(const std::string& output) {
        const std::string script = PEERS "/../../tests/interop/11_05b_rest_api_postgresql.py";
        ::mkfifo(output.c_str(), S_IRUSR | S_IWUSR);
        input_ = ::popen(("exec python3 " + script + " >" + output).c_str(), "w");
        std::getline(std::ifstream(output), url_);
    }
    ~PostgreSql() { ::pclose(input_); }
    PostgreSql(const PostgreSql&) = delete;
    PostgreSql& operator=(const PostgreSql&) = delete;

    /// The URL of a new database; empty if this machine has no PostgreSQL.
    [[nodiscard]] std::string create(const std::string& name) const {
        if (!url_.starts_with("postgresql:")) {
            return {};
        }
        rest_api::Connection(rest_api::parse_database_url(url_of("postgres")))
            .run("CREATE DATABASE " + name);
        return url_of(name);
    }

private:
    [[nodiscard]] std::string url_of(const std::string& name) const {
        std::string url = url_;
        return url.replace(url.find("%s"), 2, name);
    }

    FILE* input_;
    std::string url_;
};

}  // namespace cookbook::benchmarks
