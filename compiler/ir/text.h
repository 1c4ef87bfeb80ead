// The text form of a Graph, for tests and --emit-ir: one line per input, constant, node and output.
//
//   graph net
//   input x: float32 1x3x8x8
//   constant w: float32 4x3x3x3 = hash:1234567890abcdef
//   constant b: float32 4 = [0.5, 1, -2, 0]
//   c = conv(x, w, b) {kernel 3x3, strides 2x2, pads 1x1 1x1, activation relu} : float32 1x4x4x4  # node 'Conv' (conv1)
//   output c
//
// Names that are not plain identifiers are quoted with '. An absent operand or result is _. Attributes with their
// default value are left out. Constants stand in the order of their first use; those with more than 64 elements show a
// hash, and parse as the seeded fill that prints with the same hash.
// Other comments (from # to the end of the line) are ignored.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace intaglio {

/// Live nodes and the constants they use. print(parse_graph(print(g))) == print(g).
std::string print(const Graph& graph);

/// "conv {kernel 3x3, strides 2x2}": an operator as it stands in print's text.
std::string operator_text(const Operator& op);

/// Inverse of print. Throws Error with the line number when the text is not well-formed; verify() checks the rest.
Graph parse_graph(std::string_view text);

}  // namespace intaglio
