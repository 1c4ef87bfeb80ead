// The part of a program around generated code that times it (commands/native.cc has the rest).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

#include "backend/interface.h"
#include "ir/program.h"

namespace intaglio {

/// Included before the generated code whose steps are to be timed.
std::string step_hook(const Interface& names);

/// What stands in front of main().
std::string timing_functions(const Program& program);

/// The first statements of main(argc, argv): a third argument keeps the threads on processors of their own, and `rates` also
/// measures what the machine can do.
std::string timing_preparation(const Program& program);

/// The last ones: runs the network for argv[2] seconds, on as many threads as it has tasks, and writes the samples to the
/// file `times` as doubles: GFLOP/s, GB/s and whether threads are pinned, then for every run but the first, which warms
/// caches, the milliseconds of the whole and of every step; 0 for steps that run with the one before them.
std::string timing_runs(const Program& program, const std::string& name);

}  // namespace intaglio
