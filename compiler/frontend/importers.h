// The importers by operator family, as rows of the operator table. Each family has a file import_FAMILY.cc.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "frontend/node_importer.h"

namespace intaglio::frontend {

inline constexpr size_t any_number = std::numeric_limits<size_t>::max();

/// One ONNX operator of the default domain.
struct OperatorImporter {
  std::string_view name;
  std::vector<int> since_versions;  ///< implemented, ascending: all there are from opset 7 to newest_opset
  void (*import)(NodeImporter&);
  size_t fewest_inputs, most_inputs;
  size_t most_outputs = 1;
  std::string_view limits = {};
  int removed_in = std::numeric_limits<int>::max();  ///< first opset without the operator
};

using Importers = std::span<const OperatorImporter>;

Importers activation_importers();     // functions of one element
Importers arithmetic_importers();     // functions of two and more elements, Where, Cast
Importers convolution_importers();    // Conv, ConvTranspose
Importers product_importers();        // Gemm, MatMul
Importers normalization_importers();  // BatchNormalization ... Softmax
Importers pool_importers();           // MaxPool, AveragePool, LpPool and the global pools
Importers reduction_importers();      // Reduce*, ArgMax, ArgMin, CumSum
Importers shape_importers();          // Reshape and relatives
Importers movement_importers();       // Concat, Split, Slice, Pad, Transpose, Gather, ...
Importers resize_importers();         // Resize, Upsample
Importers constant_importers();       // Constant, Shape, Range, Identity, ...
Importers sequence_importers();       // SplitToSequence, SequenceAt

/// The opsets of the default domain whose operators the rows describe completely.
inline constexpr int64_t oldest_opset = 7, newest_opset = 28;

/// Null for an operator nobody imports.
const OperatorImporter* find_importer(std::string_view name);

}  // namespace intaglio::frontend
