// The transforms of Winograd convolutions as straight-line code over vectors of 8 lanes,
// rendered from the matrices of ir/winograd.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/emitter.h"
#include "backend/template.h"
#include "ir/winograd.h"

namespace intaglio {

// Along one axis: name of the function NAME(x, x_stride, y, y_stride).

/// y = B^T x.
std::string input_transform(Emitter& emitter, const WinogradTransform& t);
/// y = A^T x.
std::string output_transform(Emitter& emitter, const WinogradTransform& t);

/// G_h g G_w^T of a tile of taps g<column>_<row>, for kernels/winograd_weights.cpp.tmpl:
/// `statements` and `stores` by rows of points.
std::vector<TemplateValues> weight_transform(const Emitter& emitter, const WinogradTransform& h,
                                             const WinogradTransform& w);

}  // namespace intaglio
