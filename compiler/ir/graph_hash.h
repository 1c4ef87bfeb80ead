// What a Graph computes, and with which numbers, as two hashes that change independently.
//
// Weights are constants of floating-point numbers with at least one axis: what training changes. Everything else is
// architecture: operators with their attributes, types, shapes, which value goes where, the names of inputs and
// outputs, and the other constants: integers and booleans (shapes, indices, masks) and scalars (the 0.5 of a GELU that
// an exporter wrote out). Neither hash depends on other names, on the order in which a file lists its nodes, or on
// constants and nodes that no output needs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

#include "ir/graph.h"

namespace intaglio {

/// content_hash each.
struct GraphHashes {
  std::string architecture;  ///< of weights, their types and shapes and who shares them
  std::string weights;       ///< their bytes, in the order in which the graph needs them
};

GraphHashes hash_graph(const Graph& graph);

/// content_hash of the elements, as manifests have it: little-endian, row-major.
std::string content_hash(const TensorData& data);

}  // namespace intaglio
