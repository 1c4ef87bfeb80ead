// Many generated models in few compilations: every graph becomes a model of its own, models share translation units and
// the kernels that they have in common there, and all are linked into one library that is loaded and run in this process.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "ir/numerics.h"
#include "lowering/switches.h"
#include "support/files.h"
#include "support/library.h"
#include "target/target.h"

namespace intaglio::testing {

struct BatchOptions {
  Numerics numerics = Numerics::strict;
  std::string cxx_flags = "-O1";  ///< beside the target's own
  std::set<Switch> disabled;
  std::map<std::string, std::string> tuning;  ///< of all models
  int64_t tasks = 1;                          ///< more: tasks of a layer run in the order of their numbers backwards
  /// Code for AVX-512 runs on a machine that has AVX2 alone, with two vectors of 8 lanes for each of 16
  /// (simd_avx512_halves.h).
  bool halves = false;
  size_t models_per_unit = 40;
};

class GeneratedBatch {
 public:
  GeneratedBatch(const Target& target, BatchOptions options = {});
  ~GeneratedBatch();

  /// Lowers, plans and generates a graph on which passes have run; returns the model's number. Throws Error.
  size_t add(const Graph& graph);
  /// The same with other switches than the batch's.
  size_t add(const Graph& graph, const std::set<Switch>& disabled);
  /// Compiles and loads everything added so far; once, before the first run. Throws with the compiler's messages.
  void build();
  /// Runs a model with a NaN-filled arena and outputs. Inputs, outputs and the arena end at unmapped pages and start
  /// behind a guard pattern; throws std::runtime_error when the pattern changed or the run function fails.
  std::vector<TensorData> run(size_t model, const std::vector<TensorData>& inputs) const;
  /// What the compiler expects of max |error| / max |result| (Accuracy); 0 in strict numerics.
  double estimated_error(size_t model) const;

  /// True when this machine can run the target's code.
  static bool can_run(const Target& target, bool halves = false);

 private:
  struct Model;
  const Target& target_;
  BatchOptions options_;
  std::vector<std::unique_ptr<Model>> models_;
  TemporaryFolder folder_;
  std::optional<Library> library_;
};

}  // namespace intaglio::testing
