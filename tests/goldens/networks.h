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

/// Between them every target, storage of weights and mode of numerics.
std::vector<GoldenNetwork> golden_networks();

}  // namespace intaglio::testing
