// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/element_type.h"

namespace intaglio {

std::string element_type_names() {
  std::string names;
  for (size_t row = 0; row < element_types.size(); ++row) {
    if (row > 0) names += row + 1 < element_types.size() ? ", " : " or ";
    names += element_types[row].name;
  }
  return names;
}

}  // namespace intaglio
