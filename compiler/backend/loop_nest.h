// Nested loops over strided operands: index expressions and the `for` headers that templates print.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "backend/template.h"

namespace intaglio {

/// Numbers of the operands of steps that read x and write y.
enum Operand : size_t { x_operand, y_operand };

/// One loop: how often it runs and what a step adds to the offset of each operand, in elements.
struct LoopAxis {
  int64_t extent = 1;
  std::vector<int64_t> strides;
  std::string index;  ///< name of the loop's variable
};

/// As few axes as possible (ir/axes.h), with variables that are called `prefix`0, `prefix`1, ...
std::vector<LoopAxis> merged_axes(const std::vector<int64_t>& extents, const std::vector<std::vector<int64_t>>& strides,
                                  const std::string& prefix);

/// Steps of all loops together.
int64_t steps(const std::vector<LoopAxis>& axes);

/// The element an operand is at: "i0 * 24 + i1", "0" when it does not move. `base` is a constant to add.
std::string offset_expression(const std::vector<LoopAxis>& axes, size_t operand, int64_t base = 0);

/// The address of that element: "x + i0 * 24", "x".
std::string element_pointer(const std::string& base, const std::vector<LoopAxis>& axes, size_t operand);

/// "i0 * 24", "i0" or "" for stride 0.
std::string scaled(const std::string& index, int64_t stride);

/// Joins non-empty terms with " + "; "0" when there are none.
std::string sum_expression(const std::vector<std::string>& terms);

/// Items {indent, header} that print the loops as `for` statements without braces, the first one `depth` levels deep.
std::vector<TemplateValues> loop_headers(const std::vector<LoopAxis>& axes, size_t depth);

/// Indentation of what stands inside of `depth` levels.
std::string indentation(size_t depth);

}  // namespace intaglio
