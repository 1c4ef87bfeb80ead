// Layer and group normalisation of planar data: every group is one contiguous stretch.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/contiguous.h"
#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

std::string render(const NormalizeStep& kernel, const Step&, Emitter& emitter) {
  require(!kernel.per_element || (kernel.channels == 1 && kernel.groups == 1),
          "scales per element come without channels");
  const int64_t group_channels = kernel.channels / kernel.groups, count = group_channels * kernel.inner;
  // Scales per element are one row; scales per channel are constant along the row of a channel.
  const int64_t rows = kernel.per_element ? 1 : group_channels, row = count / rows, rest = row % 8;
  const std::string extents = fmt::format("{}x{}x{}", kernel.outer, kernel.channels, kernel.inner);
  const std::string wanted = kernel.per_element ? fmt::format("layer_norm_{}x{}", kernel.outer, kernel.inner)
                                                : fmt::format("group_norm_{}_{}", kernel.groups, extents);
  const std::string comment =
      fmt::format("Normalises each of {} stretches of {} elements: y = (x - mean) / deviation * scale + bias.",
                  kernel.outer * kernel.groups, count);
  std::string parameters = "const float* x", arguments = emitter.pointer(kernel.x);
  auto parameter = [&](const std::optional<View>& view, const char* text) {
    if (!view) return;
    parameters += std::string(", ") + text;
    arguments += ", " + emitter.pointer(*view);
  };
  parameter(kernel.scale, "const float* scale");
  parameter(kernel.bias, "const float* bias");
  parameter(kernel.y, "float* y");
  parameter(kernel.mean, "float* means");
  parameter(kernel.inverse_deviation, "float* inverse_deviations");

  const bool per_channel = !kernel.per_element;
  auto factor = [&](const std::string& lanes, const char* load) {  // inverse deviation times scale
    if (!kernel.scale) return std::string("inverse");
    const std::string scale =
        per_channel ? "f32x8_splat_load(scale + channel)" : fmt::format("{}(scale + i{})", load, lanes);
    return fmt::format("f32x8_mul(inverse, {})", scale);
  };
  auto shift = [&](const std::string& lanes, const char* load) -> std::string {
    if (!kernel.bias) return "f32x8_zero()";
    return per_channel ? "f32x8_splat_load(bias + channel)" : fmt::format("{}(bias + i{})", load, lanes);
  };
  auto store = [&](const char* store_function, const char* load, const std::string& lanes) {
    const std::string deviation = fmt::format("f32x8_sub({}(x_row + i{}), m)", load, lanes);
    const std::string a = per_channel ? "factor" : factor(lanes, load), b = per_channel ? "shift" : shift(lanes, load);
    return fmt::format("{}(y_row + i, f32x8_fma({}, {}, {}){})", store_function, deviation, a, b, lanes);
  };
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    return render_template(
        "kernels/normalize.cpp.tmpl",
        TemplateValues()
            .set("comment", comment)
            .set("name", unique)
            .set("parameters", parameters)
            .set("outer", kernel.outer)
            .set("groups", kernel.groups)
            .set("count", count)
            .set("count_float", float_literal(static_cast<float>(count)))
            .set("sum", contiguous_sum(SumTerm::value, emitter))
            .set("sum_of_squares", contiguous_sum(SumTerm::squared_deviation, emitter))
            .set("epsilon", float_literal(kernel.epsilon))
            .flag("mean", kernel.mean.has_value())
            .flag("deviation", kernel.inverse_deviation.has_value())
            .set("rows", rows)
            .set("row_elements", row)
            .flag("per_channel", per_channel)
            .flag("uses_channel", per_channel && (kernel.scale || kernel.bias))
            .set("factor", factor("", ""))
            .set("shift", shift("", ""))
            .flag("has_whole", row >= 8)
            .set("whole", row - rest)
            .set("store", store("f32x8_store", "f32x8_load", ""))
            .flag("has_rest", rest > 0)
            .set("store_rest", store("f32x8_store_partial", "f32x8_load_partial", fmt::format(", {}", rest))));
  });
  return fmt::format("{}({});", name, arguments);
}

}  // namespace intaglio
