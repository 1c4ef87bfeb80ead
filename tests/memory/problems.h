// Memory problems for tests: a builder, networks in miniature, and random ones.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "memory/plan.h"

namespace intaglio::testing {

/// What validate_plan says of a right plan.
inline const std::vector<std::string> no_problems;

/// Builds a problem step by step; buffers are named by their indices.
class ProblemBuilder {
 public:
  int buffer(int64_t bytes, int64_t alignment = 64);
  /// Adds a step; returns its index.
  int step(std::vector<int> reads, std::vector<int> writes, std::vector<int> scratch = {},
           std::vector<std::pair<int, int>> in_place = {});
  /// A step that reads `reads` and writes one new buffer, which it returns.
  int make(std::vector<int> reads, int64_t bytes);
  /// The same, and the result may take over the place of any operand.
  int make_in_place(std::vector<int> reads, int64_t bytes);

  MemoryProblem problem;
};

/// `stages` of `blocks` bottleneck blocks: three convolutions, a residual addition in place, and a projection per
/// stage.
MemoryProblem residual_network(int stages, int blocks, int64_t bytes);

/// Dense blocks on one storage each: layer i reads the storage's first parts and writes the next one.
MemoryProblem dense_network(const std::vector<int>& layers, int64_t bytes);

/// Parallel branches of different length and width on one input, united by a concatenation storage, several times over.
MemoryProblem branching_network(int modules, uint64_t seed);

/// Any acyclic problem: several writers and readers, scratch, in-place permissions, empty and unused buffers, odd
/// alignments.
MemoryProblem random_problem(uint64_t seed, int steps);

/// Rectangles of time and bytes cut from a full one of `steps` x `height`, so that the optimum is exactly `height`. The
/// order is fixed.
MemoryProblem guillotine_problem(uint64_t seed, int steps, int64_t height, int cuts);

}  // namespace intaglio::testing
