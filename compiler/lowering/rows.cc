// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rows.h"

namespace intaglio {

View rows_of(View view, const Range& rows) {
  if (rows.first > 0) view.border_top = 0;
  if (rows.first + rows.count < view.height) view.border_bottom = 0;
  view.offset += rows.first * view.row_stride;
  view.height = rows.count;
  if (view.shape.rank() == 4) view.shape[2] = rows.count;
  return view;
}

View from(View view, int64_t row, int64_t column) {
  view.offset += row * view.row_stride + column * view.pixel_stride;
  view.height -= row;
  view.width -= column;
  if (view.shape.rank() == 4) view.shape[2] = view.height;
  view.shape[view.shape.rank() - 1] = view.width;
  return view;
}

}  // namespace intaglio
