// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/loop_nest.h"

#include <fmt/format.h>

#include "ir/axes.h"

namespace intaglio {

std::vector<LoopAxis> merged_axes(const std::vector<int64_t>& extents, const std::vector<std::vector<int64_t>>& strides,
                                  const std::string& prefix) {
  std::vector<LoopAxis> axes;
  for (Axis& axis : merged_axes(extents, strides))
    axes.push_back({axis.extent, std::move(axis.strides), prefix + std::to_string(axes.size())});
  return axes;
}

int64_t steps(const std::vector<LoopAxis>& axes) {
  int64_t count = 1;
  for (const LoopAxis& axis : axes) count *= axis.extent;
  return count;
}

std::string scaled(const std::string& index, int64_t stride) {
  if (stride == 0) return {};
  return stride == 1 ? index : fmt::format("{} * {}", index, stride);
}

std::string sum_expression(const std::vector<std::string>& terms) {
  std::string sum;
  for (const std::string& term : terms) {
    if (!term.empty()) sum += (sum.empty() ? "" : " + ") + term;
  }
  return sum.empty() ? "0" : sum;
}

std::string offset_expression(const std::vector<LoopAxis>& axes, size_t operand, int64_t base) {
  std::vector<std::string> terms;
  if (base != 0) terms.push_back(std::to_string(base));
  for (const LoopAxis& axis : axes) terms.push_back(scaled(axis.index, axis.strides[operand]));
  return sum_expression(terms);
}

std::string element_pointer(const std::string& base, const std::vector<LoopAxis>& axes, size_t operand) {
  std::vector<std::string> terms = {base};
  for (const LoopAxis& axis : axes) terms.push_back(scaled(axis.index, axis.strides[operand]));
  return sum_expression(terms);
}

std::string indentation(size_t depth) { return std::string(2 * depth, ' '); }

std::vector<TemplateValues> loop_headers(const std::vector<LoopAxis>& axes, size_t depth) {
  std::vector<TemplateValues> headers;
  for (const LoopAxis& axis : axes) {
    headers.push_back(
        TemplateValues()
            .set("indent", indentation(depth++))
            .set("header", fmt::format("for (ptrdiff_t {0} = 0; {0} < {1}; ++{0})", axis.index, axis.extent)));
  }
  return headers;
}

}  // namespace intaglio
