// Zeroes the border of a blocked view: one call of the runtime's clear_border() per image.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"

namespace intaglio {

std::string render(const ClearBorderStep& kernel, const Step&, Emitter& emitter) {
  const View& y = kernel.y;
  if (y.batch == 1) return clear_border_statement(y, emitter.pointer(y));
  const std::string image = fmt::format("{} + image * {}", emitter.pointer(y), y.image_stride);
  const std::string statement = clear_border_statement(y, image);
  return statement.empty() ? statement
                           : fmt::format("for (ptrdiff_t image = 0; image < {}; ++image) {}", y.batch, statement);
}

}  // namespace intaglio
