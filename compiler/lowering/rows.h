// Rows of a kernel's result: which rows of its operands they take, and the kernel that computes some of them alone.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <optional>
#include <vector>

#include "ir/program.h"

namespace intaglio {

/// Units [first, first + count) of what is cut.
struct Range {
  int64_t first = 0, count = 0;
  int64_t end() const { return first + count; }
  bool operator==(const Range&) const = default;
};

/// The rows, for a kernel that writes them: the borders above and below belong to the first and to the last one.
View rows_of(View view, const Range& rows);

/// Columns of a blocked view: the borders left and right belong to the first and to the last one.
View columns_of(View view, const Range& columns);

/// The view from row `row` and column `column` on, for a kernel whose window starts there; of one pixel when that lies
/// in the padding behind the last one.
View from(View view, int64_t row, int64_t column);

/// A scratch buffer as `like`, of so many elements: every part has its own. `part`, "rows_8", becomes part of its name.
BufferId another_scratch(Program& program, BufferId like, int64_t elements, const std::string& part);

/// A kernel that can compute its result row by row, of one image.
struct RowKernel {
  /// An operand of which the result's rows take rows, by a window.
  struct Operand {
    const View* view;
    Window2d window;
  };
  std::vector<Operand> operands;
  const View* y;             ///< null: every row adds to a result without rows
  int64_t height = 1;        ///< rows of the result, or of the operand when that has none
  int64_t multiple = 1;      ///< ranges of rows start at multiples of it
  int64_t weight_bytes = 0;  ///< that every range of rows reads, biases apart
};

/// Nothing for kernels that are not cut by rows.
std::optional<RowKernel> row_kernel(const Program& program, const Kernel& kernel);

/// Rows of an operand of `height` rows that some of the result take, at least the one beside the padding.
Range rows_read(const Window2d& window, const Range& rows, int64_t height);
/// The part of x, and of the window's padding, that some columns of the result take.
void take_columns(View& x, Window2d& window, const Range& columns);

/// The part of a RowKernel that computes `rows`. It works in scratch of its own; the first part takes over the whole's.
Kernel cut_rows(Program& program, const Kernel& whole, const Range& rows);

/// Every view of a RowKernel, to be changed.
std::vector<View*> views(Kernel& kernel);
/// What it works in, to be changed.
std::vector<BufferId*> scratch_of(Kernel& kernel);

}  // namespace intaglio
