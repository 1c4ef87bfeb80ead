// Inputs and expected outputs of a model, as `verify --data` reads them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace intaglio {

/// One set of inputs and expected outputs by position; either may be partial.
struct TestCase {
  std::string name;  ///< of the file or folder; empty for generated inputs
  std::vector<std::optional<TensorData>> inputs, outputs;
};

/// No values at all.
TestCase empty_case(const Graph& graph, std::string name);

/// Reads NAME.npz with in0.., out0.. (or the tensors' names), a folder of .npy files of those names, an ONNX
/// test_data_set (input_0.pb, output_0.pb), or a folder of such sets. Types and shapes are compared with the graph's
/// before elements are read: inputs must have them, expected outputs as many elements. Throws Error where they differ,
/// for what is no input or output, for a damaged file, and for a set without any expected output.
std::vector<TestCase> read_cases(const std::filesystem::path& path, const Graph& graph);

}  // namespace intaglio
