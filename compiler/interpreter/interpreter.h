// The reference interpreter: simple loops over plain ONNX layouts, one function per operator, no code shared with
// kernels. Constant folding, `run --reference`, `verify` and the self-test's golden vectors all come from here.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "ir/graph.h"
#include "ir/numerics.h"

namespace intaglio {

/// With Numerics::fast, float32 operators accumulate and evaluate elementary functions in double, rounded once: the
/// values that generated code of fast numerics is compared with. Strict values are those of generated code, bit for
/// bit.

/// Evaluates one node. `inputs` has one entry per operand slot (null for absent ones); the result has one entry per
/// output slot (an empty TensorData for absent ones).
/// Throws Error for data-dependent failures (e.g. a Gather index out of range).
std::vector<TensorData> evaluate(const Graph& graph, const Node& node, std::span<const TensorData* const> inputs,
                                 Numerics numerics = Numerics::fast);

/// Sees every value as it is computed (inputs and constants excluded).
using Observer = std::function<void(TensorId, const TensorData&)>;

/// Runs the whole graph on `inputs` (graph order, types and shapes as declared) and returns its outputs in order.
/// A value is freed after its last reader.
std::vector<TensorData> interpret(const Graph& graph, std::span<const TensorData> inputs,
                                  Numerics numerics = Numerics::fast, const Observer& observer = {});

}  // namespace intaglio
