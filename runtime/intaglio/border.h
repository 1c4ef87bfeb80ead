// Zero borders around blocked tensors: whoever writes a tensor writes the border that its readers' padding needs.
// SPDX-License-Identifier: 0BSD
#ifndef INTAGLIO_BORDER_H
#define INTAGLIO_BORDER_H

#include <stddef.h>

#include "macros.h"

namespace intaglio {

/// Clears `top`, `bottom` rows and `left`, `right` pixels around `blocks` planes of height x width pixels of 8 floats.
/// `y` points to pixel (0, 0) of the first plane; strides count floats.
static inline void clear_border(float* y, ptrdiff_t blocks, ptrdiff_t block_stride, ptrdiff_t height, ptrdiff_t width,
                                ptrdiff_t row_stride, ptrdiff_t top, ptrdiff_t left, ptrdiff_t bottom,
                                ptrdiff_t right) {
  const size_t row_bytes = static_cast<size_t>(left + width + right) * 8 * sizeof(float);
  for (ptrdiff_t block = 0; block < blocks; ++block) {
    float* const plane = y + block * block_stride;
    for (ptrdiff_t row = -top; row < 0; ++row) INTAGLIO_MEMSET(plane + row * row_stride - left * 8, 0, row_bytes);
    for (ptrdiff_t row = 0; row < height; ++row) {
      float* const first = plane + row * row_stride;
      for (ptrdiff_t i = -left * 8; i < 0; ++i) first[i] = 0.0f;
      for (ptrdiff_t i = width * 8; i < (width + right) * 8; ++i) first[i] = 0.0f;
    }
    for (ptrdiff_t row = height; row < height + bottom; ++row)
      INTAGLIO_MEMSET(plane + row * row_stride - left * 8, 0, row_bytes);
  }
}

}  // namespace intaglio
#endif
