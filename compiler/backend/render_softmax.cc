// Softmax and log-softmax of planar data: along contiguous elements, or along a strided axis with columns side by side.
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

// ---- exponentials that are computed once

std::string lane_maxima(Emitter& emitter) {
  return emitter.function("lane_maxima", [&](const std::string& name) {
    return render_template("kernels/lane_maxima.cpp.tmpl", TemplateValues().set("name", name));
  });
}

/// Name of a function that sums exponentials and, if they are wanted, stores them.
std::string exponentials(bool stores, Emitter& emitter) {
  return emitter.function(stores ? "exponentials" : "exponentials_summed", [&](const std::string& name) {
    return render_template("kernels/exponentials.cpp.tmpl",
                           TemplateValues()
                               .set("name", name)
                               .set("description", stores ? "y = exp(x - largest)" : "exp(x - largest)")
                               .set("parameter", stores ? "float* y, " : "")
                               .flag("stores", stores));
  });
}

std::string render_stored_rows(const SoftmaxStep& kernel, const std::string& comment, const std::string& name,
                               Emitter& emitter) {
  const int64_t extent = kernel.extent, lanes = lanes_per_block, last = extent - lanes;
  const int64_t turned = kernel.form == SoftmaxForm::transposed ? kernel.outer / lanes * lanes : 0;
  const std::string sums = exponentials(!kernel.log, emitter);
  auto scale = [&](const std::string& sum) {
    return kernel.log ? fmt::format("fast_log({})", sum) : fmt::format("f32x8_div(f32x8_splat(1.0f), {})", sum);
  };
  auto value = [&](const std::string& of) {
    return kernel.log ? fmt::format("f32x8_sub(f32x8_sub({}, m), s)", of) : fmt::format("f32x8_mul({}, s)", of);
  };
  const std::string column_sum = fmt::format("{}(columns, {}{} * 8, m)", sums, kernel.log ? "" : "columns, ", extent);
  const std::string row_sum = fmt::format("{}(x + (row + k) * {}, {}{}, f32x8_splat(maxima[k]))", sums, extent,
                                          kernel.log ? "" : fmt::format("y + (row + k) * {}, ", extent), extent);
  return render_template("kernels/softmax_stored.cpp.tmpl",
                         TemplateValues()
                             .set("comment", comment)
                             .set("name", name)
                             .set("outer", kernel.outer)
                             .set("extent", extent)
                             .set("whole", extent / lanes * lanes)
                             .set("last", last)
                             .flag("has_rest", extent % lanes != 0)
                             .set("largest", lane_maxima(emitter))
                             .flag("turns", turned > 0)
                             .set("turned", turned)
                             .set("column_scale", scale(column_sum))
                             .set("column_value", value("f32x8_load(columns + i)"))
                             .flag("rows", turned < kernel.outer)
                             .set("together", kernel.rows_together)
                             .set("exponentials", row_sum)
                             .set("scale", scale("f32x8_load(sums)"))
                             .set("source", kernel.log ? "x" : "y")
                             .set("largest_of_row", kernel.log ? ", m = f32x8_splat(maxima[k])" : "")
                             .set("value", value("f32x8_load(source + i)"))
                             .set("last_value", value("last")));
}

std::string render_stored_columns(const SoftmaxStep& kernel, const std::string& comment, const std::string& name) {
  std::vector<TemplateValues> parts;
  int64_t first = 0;
  /// The columns up to `end`, of those that are left, in vectors of `width`.
  auto part = [&](int64_t end, int64_t width, const std::string& vector, const std::string& lanes) {
    if (end == first) return;
    const std::string element = fmt::format(" + i * {}", kernel.step()), suffix = lanes.empty() ? "" : "_partial";
    auto load = [&](const std::string& from) { return fmt::format("{}_load{}({}{})", vector, suffix, from, lanes); };
    auto store = [&](const std::string& value) {
      return fmt::format("{}_store{}(y_column{}, {}{})", vector, suffix, element, value, lanes);
    };
    const std::string value = kernel.log ? fmt::format("lanes::sub(lanes::sub({}, m), s)", load("x_column" + element))
                                         : fmt::format("lanes::mul({}, s)", load("y_column" + element));
    parts.push_back(TemplateValues()
                        .set("first", first)
                        .set("end", end)
                        .set("width", width)
                        .set("image", kernel.extent * kernel.inner)
                        .set("extent", kernel.extent)
                        .set("vector", vector)
                        .set("load_first", load("x_column"))
                        .set("load", load("x_column" + element))
                        .flag("stores", !kernel.log)
                        .set("store_exponential", store("e"))
                        .set("scale", kernel.log ? "fast_log(sum)" : "lanes::quotient(lanes::splat(m, 1.0f), sum)")
                        .set("store", store(value)));
    first = end;
  };
  const int64_t four = 4 * lanes_per_block;
  part(kernel.inner / four * four, four, "f32x8x4", "");
  part(kernel.inner / lanes_per_block * lanes_per_block, lanes_per_block, "f32x8", "");
  part(kernel.inner, lanes_per_block, "f32x8", fmt::format(", {}", kernel.inner % lanes_per_block));
  return render_template(
      "kernels/softmax_stored_columns.cpp.tmpl",
      TemplateValues().set("comment", comment).set("name", name).set("outer", kernel.outer).list("parts", parts));
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
    if (kernel.form != SoftmaxForm::ordered) {
      return kernel.step() == 1 ? render_stored_rows(kernel, comment, unique, emitter)
                                : render_stored_columns(kernel, comment, unique);
    }
    return kernel.step() == 1 ? render_rows(kernel, comment, unique, emitter)
                              : render_columns(kernel, comment, unique, emitter);
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.y));
}

}  // namespace intaglio
