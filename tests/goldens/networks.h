// The networks behind the goldens: a few layers each, small enough that the generated code can be read in one sitting.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

namespace intaglio::testing {

struct GoldenNetwork {
  std::string name;  ///< of the model and of its folder here
  std::string onnx;  ///< the model file's bytes
  std::string target;
  std::vector<std::string> options;  ///< of `intaglio compile`, besides
};

/// A change of a network as a team makes it.
struct GoldenChange {
  std::string name;           ///< of its .diff in tests/goldens/diffs
  std::string before, after;  ///< the model files' bytes
};

/// Between them every target, storage of weights and mode of numerics.
std::vector<GoldenNetwork> golden_networks();
/// Of one small residual network: a block inserted and removed, new weights, a layer renamed, an opset, a stride and an
/// input's size.
std::vector<GoldenChange> golden_changes();

}  // namespace intaglio::testing
