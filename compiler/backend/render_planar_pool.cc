// Max pooling of planar data with the positions of the largest elements as second result.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

struct Plane {
  int64_t count, height, width;
};

/// [N,C,(H,)W] as N C planes.
Plane plane_of(const Shape& shape) {
  require(shape.rank() == 3 || shape.rank() == 4, "pooling has one or two spatial axes");
  return {shape[0] * shape[1], shape.rank() == 4 ? shape[2] : 1, shape[shape.rank() - 1]};
}

}  // namespace

std::string render(const PlanarPoolStep& kernel, const Step&, Emitter& emitter) {
  const Plane in = plane_of(kernel.x.shape), out = plane_of(kernel.y.shape);
  const Window2d& window = kernel.window;
  const bool floats = kernel.x.type == ElementType::float32;
  const std::string type = c_type(kernel.x.type);
  const std::string wanted =
      fmt::format("max_pool{}_{}x{}_{}_to_{}", kernel.indices ? "_with_indices" : "", window.kernel_h, window.kernel_w,
                  kernel.x.shape.text(), kernel.y.shape.text());
  const std::string comment = fmt::format(
      "Largest element of each {}x{} window (stride {}x{}, dilation {}x{}), NaN when there is one{}: {} -> {}.",
      window.kernel_h, window.kernel_w, window.stride_h, window.stride_w, window.dilation_h, window.dilation_w,
      kernel.indices ? ", and its position in x" : "", kernel.x.shape.text(), kernel.y.shape.text());
  const std::string lowest = floats ? "-INTAGLIO_INFINITY" : lowest_literal(kernel.x.type);
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    return render_template(
        "kernels/planar_pool.cpp.tmpl",
        TemplateValues()
            .set("comment", comment)
            .set("name", unique)
            .set("parameters", fmt::format("const {0}* x, {0}* y{1}", type, kernel.indices ? ", int64_t* indices" : ""))
            .set("type", type)
            .set("planes", in.count)
            .set("height", in.height)
            .set("width", in.width)
            .set("out_height", out.height)
            .set("out_width", out.width)
            .set("stride_h", window.stride_h)
            .set("stride_w", window.stride_w)
            .set("pad_top", window.pad_top)
            .set("pad_left", window.pad_left)
            .set("reach_h", (window.kernel_h - 1) * window.dilation_h + 1)
            .set("reach_w", (window.kernel_w - 1) * window.dilation_w + 1)
            .set("dilation_h", window.dilation_h)
            .set("dilation_w", window.dilation_w)
            .set("lowest", lowest)
            .set("better", floats ? "(v > best) | ((v != v) & (best == best))" : "v > best")
            .flag("indices", kernel.indices.has_value())
            .set("position", kernel.storage_order == 0 ? "row * width + column" : "column * height + row"));
  });
  return fmt::format("{}({}, {}{});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.y),
                     kernel.indices ? ", " + emitter.pointer(*kernel.indices) : "");
}

}  // namespace intaglio
