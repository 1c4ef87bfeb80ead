// Products of matrices, one per point of a Winograd convolution or per product of Strassen's algorithm.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "backend/emitter.h"
#include "ir/panels.h"

namespace intaglio {

/// m[point][tile][output channel] = v[point][tile][input channel] * w[point][panel][block][lane][panel lanes].
struct PointProducts {
  std::string name;  ///< what the function's name starts with
  int64_t points = 1, tiles = 1;
  std::vector<int64_t> segments;  ///< input channels
  int64_t output_blocks = 1;
  DenseTile tile;
  int64_t reduction_block = 64;
  int64_t weights_stride = 0, v_stride = 0, m_stride = 0;  ///< floats from point to point
};

/// Name of the function that computes them: NAME(v, w, m).
std::string point_products(Emitter& emitter, const PointProducts& products);

/// The same for one panel, whose weights w [block][tap][lane][panel lanes] the function
/// `transform` turns into u [point][lane][panel lanes], one reduction block at a time. m has the panel's blocks alone.
struct PanelProducts {
  PointProducts products;
  PanelRange panel;
  int64_t taps = 1;
  std::string transform;
  int64_t u_stride = 0;  ///< floats from point to point
};

/// Name of the function that computes them: NAME(v, w, u, m).
std::string panel_products(Emitter& emitter, const PanelProducts& panel);

}  // namespace intaglio
