// Interpolation along one axis of planar data: whole rows at a time, or positions side by side along the last axis.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/template.h"

namespace intaglio {

std::string render(const InterpolateStep& kernel, const Step&, Emitter& emitter) {
  if (kernel.outer * kernel.out * kernel.inner == 0) return {};
  const std::string wanted =
      fmt::format("interpolate_{}_{}x{}_to_{}x{}", kernel.taps, kernel.outer, kernel.in, kernel.out, kernel.inner);
  const std::string comment = fmt::format("Interpolates an axis: {0} x {1} x {3} -> {0} x {2} x {3}.", kernel.outer,
                                          kernel.in, kernel.out, kernel.inner);
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    TemplateValues values;
    values.set("comment", comment)
        .set("name", unique)
        .set("taps", kernel.taps)
        .set("outer", kernel.outer)
        .set("in", kernel.in)
        .set("out", kernel.out);
    if (kernel.inner == 1) return render_template("kernels/interpolate_columns.cpp.tmpl", values);
    const int64_t whole = kernel.inner / 8 * 8, rest = kernel.inner % 8;
    std::vector<TemplateValues> parts;
    auto part = [&](int64_t first, int64_t end, const char* suffix, const std::string& lanes) {
      parts.push_back(TemplateValues()
                          .set("first", first)
                          .set("end", end)
                          .set("row", kernel.inner)
                          .set("tap_count", kernel.taps)
                          .set("load", std::string("f32x8_load") + suffix)
                          .set("store", std::string("f32x8_store") + suffix)
                          .set("lanes", lanes));
    };
    if (whole > 0) part(0, whole, "", "");
    if (rest > 0) part(whole, kernel.inner, "_partial", fmt::format(", {}", rest));
    return render_template("kernels/interpolate.cpp.tmpl", values.set("inner", kernel.inner).list("parts", parts));
  });
  return fmt::format("{}({}, {}, {}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.indices),
                     emitter.pointer(kernel.coefficients), emitter.pointer(kernel.y));
}

}  // namespace intaglio
