// The committed models: what files there are, PyTorch's inputs and outputs beside them, and the graphs they become.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace intaglio::testing {

/// tests/models/NAME.onnx with NAME.npz.
struct ModelFile {
  std::string name;  ///< "ghostnet_100.ts.unfolded"
  /// "ghostnet_100"; "s5" for all files of BatchNorm alone, which are tiny.
  std::string network() const;
};

/// Every model, by name.
std::vector<ModelFile> model_files();
std::vector<ModelFile> model_files_of(std::string_view network);
/// The networks, each once, by name.
std::vector<std::string> networks();

/// What the exporter's PyTorch module computed.
struct ModelCase {
  std::vector<TensorData> inputs, outputs;  ///< in graph order
};
ModelCase read_case(const ModelFile& file);

/// The graph after all passes but the disabled ones; symbolic dimensions are bound to those of the case.
Graph optimised(const ModelFile& file, const ModelCase& data, const std::set<std::string>& disabled = {});

/// The graph's text without the exporter's names: equal for graphs that compute the same from the same weights.
std::string anonymous_text(Graph graph);

/// Largest difference from PyTorch that is accepted, relative to the largest element of the output.
double tolerance(std::string_view network);

}  // namespace intaglio::testing
