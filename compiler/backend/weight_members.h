// Weights in generated code: members of a struct that lies over NAME_weights.bin, or of one for prepared memory, so that
// no place is written down and a further weight is a further line; arrays of their own where they are stored inline.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/interface.h"

namespace intaglio {

struct WeightMembers {
  std::vector<std::string> pointers;          ///< by weight, the expression for what kernels read
  std::vector<std::string> stored, prepared;  ///< the same for a weight as it is stored, and once it is prepared
  std::string structs;                        ///< NAME_weights and NAME_prepared, those that there are
};

WeightMembers weight_members(const Program& program, const Interface& names, WeightStorage storage);

}  // namespace intaglio
