// The commands of `intaglio`: each adds its options to the command line and returns what runs it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "commands/native.h"
#include "commands/progress.h"
#include "compile.h"
#include "support/error.h"

namespace intaglio {

using Command = std::function<Exit()>;

Command add_compile(CLI::App& app);
Command add_run(CLI::App& app);
Command add_verify(CLI::App& app);
Command add_inspect(CLI::App& app);
Command add_check(CLI::App& app);
Command add_diff(CLI::App& app);
Command add_bench(CLI::App& app);
Command add_report(CLI::App& app);
Command add_targets(CLI::App& app);
Command add_ops(CLI::App& app);

// ---- options that commands share

/// MODEL.onnx, --target, --shape, --bind, --outputs, --numerics, --weights, --prepare, --tuning,
/// --disable as the user wrote them.
struct ModelArguments {
  std::string model, target = "portable", numerics = "fast", weights, name, tuning;
  std::vector<std::string> shapes, bindings, outputs, disabled;
  bool prepare = false;

  void add_to(CLI::App& app);
  /// All but MODEL.onnx.
  void add_options(CLI::App& app);
  /// Checked and converted; wrong usage throws Error with Exit::usage, unreadable files Exit::failed.
  CompileOptions options() const;
  /// Of --bind and --tuning.
  std::vector<std::filesystem::path> files() const;
  /// By input, the files of --bind as the manifest in `folder` shall name them.
  std::map<std::string, std::string> bound_files(const std::filesystem::path& folder) const;
};

struct NativeArguments {
  NativeOptions options;
  void add_to(CLI::App& app);
};

/// Inputs for a run: `files` (NAME=FILE.npy), seeded random values for the rest.
struct InputArguments {
  std::vector<std::string> files;
  void add_to(CLI::App& app);
  bool gives(const std::string& name) const;  ///< whether a file stands for this input
  std::vector<TensorData> values(const Graph& graph) const;
};

/// "1x3x224x224" or "scalar"; Error with Exit::usage otherwise, which names the input.
Shape parse_shape(const std::string& text, const std::string& input);

/// "512K", "2M", "1234": bytes; Error with Exit::usage otherwise, which names the option.
int64_t parse_size(const std::string& text, const char* option);

/// "name=value" split at the first '='; Error with Exit::usage otherwise.
std::pair<std::string, std::string> split_assignment(const std::string& text, const char* option);

}  // namespace intaglio
