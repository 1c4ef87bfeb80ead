// Softmax and log-softmax of planar data: along contiguous elements,
// or along a strided axis with 8 columns side by side.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/contiguous.h"
#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

namespace {

std::string logarithm(const SoftmaxStep& kernel, const Emitter& emitter, const std::string& sum) {
  return kernel.log ? fmt::format("{}({})", emitter.elementary(UnaryKind::log), sum) : sum;
}

std::string render_rows(const SoftmaxStep& kernel, const std::string& comment, const std::string& name,
                        Emitter& emitter) {
  const std::string exp = emitter.elementary(UnaryKind::exp);
  return render_template("kernels/softmax_rows.cpp.tmpl",
                         TemplateValues()
                             .set("comment", comment)
                             .set("name", name)
                             .set("outer", kernel.outer)
                             .set("extent", kernel.extent)
                             .set("whole", kernel.extent / 8 * 8)
                             .set("rest", kernel.extent % 8)
                             .flag("has_rest", kernel.extent % 8 != 0)
                             .set("largest", contiguous_extreme(true, emitter))
                             .set("sum", contiguous_sum(SumTerm::exponential, emitter))
                             .set("final_sum", logarithm(kernel, emitter, "f32x8_splat(sum)"))
                             .set("value", kernel.log ? "f32x8_sub(v, s)" : fmt::format("f32x8_div({}(v), s)", exp)));
}

std::string render_columns(const SoftmaxStep& kernel, const std::string& comment, const std::string& name,
                           const Emitter& emitter) {
  const std::string exp = emitter.elementary(UnaryKind::exp);
  const int64_t whole = kernel.inner / 8 * 8, rest = kernel.inner % 8;
  std::vector<TemplateValues> parts;
  auto part = [&](int64_t first, int64_t end, const char* load, const char* store, const std::string& lanes) {
    const std::string value =
        kernel.log ? "f32x8_sub(f32x8_sub(v, m), s)" : fmt::format("f32x8_div({}(f32x8_sub(v, m)), s)", exp);
    parts.push_back(TemplateValues()
                        .set("first", first)
                        .set("end", end)
                        .set("axis", kernel.extent)
                        .set("exp", exp)
                        .set("load", fmt::format("{}(column + i * {}{})", load, kernel.step(), lanes))
                        .set("final_sum", logarithm(kernel, emitter, "f32x8_load(partials)"))
                        .set("store", fmt::format("{}(y_row + i * {} + j, {}{})", store, kernel.step(), value, lanes)));
  };
  if (whole > 0) part(0, whole, "f32x8_load", "f32x8_store", "");
  if (rest > 0) part(whole, kernel.inner, "f32x8_load_partial", "f32x8_store_partial", fmt::format(", {}", rest));
  return render_template("kernels/softmax_columns.cpp.tmpl", TemplateValues()
                                                                 .set("comment", comment)
                                                                 .set("name", name)
                                                                 .set("outer", kernel.outer)
                                                                 .set("image", kernel.extent * kernel.inner)
                                                                 .list("parts", parts));
}

}  // namespace

std::string render(const SoftmaxStep& kernel, const Step&, Emitter& emitter) {
  const char* kind = kernel.log ? "log_softmax" : "softmax";
  const std::string wanted = kernel.inner == 1
                                 ? fmt::format("{}_{}x{}", kind, kernel.outer, kernel.extent)
                                 : fmt::format("{}_{}x{}x{}", kind, kernel.outer, kernel.extent, kernel.inner);
  const std::string comment = fmt::format(
      "{} along the axis of {}: x and y are {} x {} x {}.",
      kernel.log ? "Log-softmax, (x - max) - log(sum(exp(x - max)))," : "Softmax, exp(x - max) / sum(exp(x - max)),",
      kernel.extent, kernel.outer, kernel.extent, kernel.inner);
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    return kernel.step() == 1 ? render_rows(kernel, comment, unique, emitter)
                              : render_columns(kernel, comment, unique, emitter);
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.y));
}

}  // namespace intaglio
