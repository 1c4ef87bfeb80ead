// Views of some rows of a view.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/program.h"

namespace intaglio {

/// Units [first, first + count) of what is cut.
struct Range {
  int64_t first, count;
};

/// The rows, for a kernel that writes them: the borders above and below belong to the first and to the last one.
View rows_of(View view, const Range& rows);

/// The view from row `row` and column `column` on, for a kernel whose window starts there.
View from(View view, int64_t row, int64_t column);

}  // namespace intaglio
