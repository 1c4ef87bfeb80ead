// The functions with which NAME_prepare makes weights.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

namespace {

/// Rows of a matrix as C++ initialisers.
std::string matrix_table(const std::vector<std::vector<double>>& matrix) {
  std::string text = "{";
  for (const std::vector<double>& row : matrix)
    text += fmt::format("{}{{{:#}}}", &row == &matrix.front() ? "" : ", ", fmt::join(row, ", "));
  return text + "}";
}

}  // namespace

std::string prepare_function(Emitter& emitter, const Preparation& p, const std::string& model) {
  const size_t taps_h = p.rows.front().size(), taps_w = p.columns.front().size();
  return emitter.function(fmt::format("prepare_{}x{}_from_{}x{}", p.rows.size(), p.columns.size(), taps_h, taps_w),
                          [&](const std::string& name) {
                            return render_template("kernels/prepare.cpp.tmpl",
                                                   TemplateValues()
                                                       .set("name", name)
                                                       .set("model", model)
                                                       .set("what", p.what)
                                                       .set("taps_h", taps_h)
                                                       .set("taps_w", taps_w)
                                                       .set("points_h", p.rows.size())
                                                       .set("points_w", p.columns.size())
                                                       .set("rows", matrix_table(p.rows))
                                                       .set("columns", matrix_table(p.columns)));
                          });
}

}  // namespace intaglio
