// ONNX file -> Graph. The only folder that knows ONNX's protobuf classes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "support/error.h"

namespace intaglio {

struct ImportOptions {
  std::map<std::string, Shape> shapes;         ///< --shape INPUT=1x3x224x224: binds symbolic dimensions
  std::map<std::string, TensorData> bindings;  ///< --bind INPUT=FILE.npy: the input becomes a constant
  std::vector<std::string> outputs;            ///< --outputs NAME,...: cuts the graph; empty: the model's own
};

struct Imported {
  Graph graph;
  std::vector<std::filesystem::path> files;  ///< the model and those of its external data
  std::vector<std::string> notes;  ///< e.g. "batch dimension 'N' of input 'x' set to 1 (bind it with --shape)"
};

/// What the stages behind cannot do with a node, given which tensors they will find constant.
using NodeCheck =
    std::function<std::vector<Problem>(const Graph&, const Node&, const std::function<bool(TensorId)>& is_constant)>;

/// Reads and normalises a model.
/// Throws one Error that lists every problem found (unsupported operators, wrong types, ...); where there are any, with
/// those that `check` finds in the nodes that could be read. Without any, nothing is checked: passes run first.
Imported read_onnx(const std::filesystem::path& model, const ImportOptions& options = {}, const NodeCheck& check = {});

/// One row per ONNX operator understood, for `intaglio ops`, README and the version check.
struct OperatorRow {
  std::string name;                 ///< ONNX operator type
  std::vector<int> since_versions;  ///< the since-versions implemented, ascending
  std::string limits;               ///< what is refused, empty when nothing is
};
const std::vector<OperatorRow>& operator_table();

}  // namespace intaglio
