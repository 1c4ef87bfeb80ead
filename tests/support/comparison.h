// Holds what generated code computes to what the interpreter computes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "support/generated_batch.h"

namespace intaglio::testing {

/// "" when equal bit for bit (any NaN equals any NaN), else the first difference.
std::string bit_difference(const TensorData& got, const TensorData& wanted);
/// max |a - b| / max |b|.
double relative_error(const TensorData& got, const TensorData& wanted);

struct ComparedGraph {
  std::string name;  ///< in messages
  Graph graph;
  double tolerance = 1e-5;  ///< relative error that is accepted in fast numerics
};

/// Generates code for all graphs in one batch, runs it with random inputs of every seed and compares every output: the
/// same bits as the strict interpreter's in strict numerics, close to the reference's in fast. Skips the test where
/// this machine cannot run the target's code.
void expect_as_interpreted(const Target& target, const std::vector<ComparedGraph>& graphs,
                           const BatchOptions& options = {}, const std::vector<uint64_t>& seeds = {1});

/// Names a test by its parameter, the target.
inline const auto by_target = [](const auto& info) { return std::string(info.param); };

}  // namespace intaglio::testing
