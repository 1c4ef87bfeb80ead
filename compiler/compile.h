// The compiler as one function: model file in, generated files and everything that was decided on the way out.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "backend/generate.h"
#include "frontend/import.h"
#include "ir/graph.h"
#include "planning.h"
#include "target/target.h"

namespace intaglio {

struct CompileOptions {
  std::filesystem::path model;
  ImportOptions import;
  std::map<std::string, std::string> bound_files;  ///< by input of --bind: its file, seen from the generated folder
  std::string name;                                ///< empty: from the file's stem
  const Target* target = nullptr;
  std::set<std::string> disabled_passes;  ///< --disable; names of passes()
  LoweringOptions lowering;
  int64_t tasks = 1;                     ///< --parallel: most parts of a step that may run at the same time
  std::optional<WeightStorage> weights;  ///< unset: inline below 256 KiB, else incbin
  bool self_test = false;
  /// Called with a stage's name and the text of what it left ("(unchanged)" where nothing fired), for --emit-ir.
  std::function<void(const std::string& stage, const std::string& text)> emit_ir;
  /// Called when a stage begins, without text, and when it has ended, with what it did. Passes only end.
  std::function<void(const std::string& stage, const std::string& did)> on_stage;
};

struct Compiled {
  Graph graph;  ///< after all passes
  Planned planned;
  GenerateOptions generated_as;
  std::vector<std::string> notes;
  std::vector<std::filesystem::path> sources;  ///< the model and its external data
  std::vector<GeneratedFile> files;
};

/// Everything that --disable accepts: passes and switches of lowering.
std::set<std::string> switches();
/// Leaves the pass or the feature of lowering out; false when there is none of that name.
bool disable(CompileOptions& options, const std::string& name);

/// Frontend and passes only: what `run --reference` interprets.
Imported import_and_optimise(const CompileOptions& options);

/// From what the frontend makes to files. Throws one Error with everything that no kernel supports.
Compiled compile_graph(Imported imported, const CompileOptions& options);

/// The whole pipeline. Throws one Error with everything that frontend and kernels do not support.
Compiled compile(const CompileOptions& options);

/// Inputs that random data is used for, in graph order, from the compiler's own generator.
std::vector<TensorData> generated_inputs(const Graph& graph, uint64_t seed);

}  // namespace intaglio
