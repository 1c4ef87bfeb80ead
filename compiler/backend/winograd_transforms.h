// The transforms of Winograd convolutions as straight-line code over vectors of one or two blocks,
// rendered from the matrices of ir/winograd.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/emitter.h"
#include "backend/template.h"
#include "ir/winograd.h"

namespace intaglio {

// Along one axis: name of the function NAME(x, x_stride, y, y_stride), of `blocks` blocks that lie side by side.

/// y = B^T x. `joined`: the blocks of x are apart, NAME(x, x_block_stride, x_stride, y, y_stride).
std::string input_transform(Emitter& emitter, const WinogradTransform& t, int64_t blocks, bool joined);
/// y = A^T x.
std::string output_transform(Emitter& emitter, const WinogradTransform& t, int64_t blocks);

/// G_h g G_w^T of a tile of taps g<column>_<row>, for kernels/winograd_weights.cpp.tmpl:
/// `statements` and `stores` by rows of points.
std::vector<TemplateValues> weight_transform(const Emitter& emitter, const WinogradTransform& h,
                                             const WinogradTransform& w, int64_t blocks);

}  // namespace intaglio
