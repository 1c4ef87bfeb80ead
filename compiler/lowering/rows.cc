// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/rows.h"

#include <fmt/format.h>

#include <algorithm>

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
  if (row >= view.height) view.border_bottom = 0;
  if (column >= view.width) view.border_right = 0;
  view.height = std::max<int64_t>(1, view.height - row);
  view.width = std::max<int64_t>(1, view.width - column);
  if (view.shape.rank() == 4) view.shape[2] = view.height;
  view.shape[view.shape.rank() - 1] = view.width;
  return view;
}

BufferId another_scratch(Program& program, BufferId like, int64_t elements) {
  Buffer buffer = program[like];
  buffer.name += fmt::format("_{}", program.buffers.size());
  buffer.elements = elements;
  program.buffers.push_back(buffer);
  return BufferId(program.buffers.size() - 1);
}

}  // namespace intaglio
