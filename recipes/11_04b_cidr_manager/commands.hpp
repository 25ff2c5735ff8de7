// The commands of the client, and batch.
#pragma once

#include "11_04b_cidr_manager/options.hpp"
#include "common/cli/program.hpp"

namespace cookbook::cidr_manager {

/// `client` and its commands. `options` must outlive the program.
void add_client_commands(Program& program, Options& options);

/// Answers each line of stdin; returns the exit status, 1 if one was answered with an error.
int answer_stdin();

}  // namespace cookbook::cidr_manager
