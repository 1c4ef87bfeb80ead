// 1x1 convolutions by Strassen's algorithm: the step and its weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "lowering/layer.h"

namespace intaglio::lowering {

void emit_strassen(Context& context, const Node& node, const Layer& layer, const ConvolutionChoice& choice,
                   WeightId bias);

}  // namespace intaglio::lowering
