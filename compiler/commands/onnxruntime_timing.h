// A model timed in ONNX Runtime, which some Python has.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "support/files.h"

namespace intaglio {

class OnnxRuntimeTiming {
 public:
  /// Runs `python` once to see that it has onnxruntime; Error otherwise. `graph` names the inputs.
  OnnxRuntimeTiming(std::string python, const std::filesystem::path& model, const Graph& graph,
                    const std::vector<TensorData>& inputs);

  struct Times {
    std::string version;
    bool pinned = false;
    std::vector<double> milliseconds;  ///< of every run but the first
  };
  Times time(int64_t threads, double seconds) const;

 private:
  std::string python_;
  std::filesystem::path model_;
  std::vector<std::pair<std::string, TensorData>> inputs_;
  TemporaryFolder folder_;
};

}  // namespace intaglio
