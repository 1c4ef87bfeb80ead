// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/weight_data.h"

#include "support/error.h"

namespace intaglio {

TensorData WeightData::get() const {
  if (!make_) return held_;
  TensorData made = make_();
  require(made.type() == type_ && made.shape() == shape_, "a weight is made with another type or shape than announced");
  return made;
}

}  // namespace intaglio
