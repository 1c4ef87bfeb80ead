// What cutting a step into ranges of rows takes: views of some rows, and scratch of a part's own.
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

/// The view from row `row` and column `column` on, for a kernel whose window starts there; of one pixel when that lies
/// in the padding behind the last one.
View from(View view, int64_t row, int64_t column);

/// A scratch buffer as `like`, of so many elements: every part has its own.
BufferId another_scratch(Program& program, BufferId like, int64_t elements);

}  // namespace intaglio
