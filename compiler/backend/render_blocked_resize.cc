// Nearest and bilinear resize of blocked views, from tables of source rows and columns.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

std::string render(const BlockedResizeStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  require(x.segments == y.segments, "a resize keeps the channels where they are");
  std::string parameters = "const int32_t* rows, const int32_t* columns, ";
  if (kernel.linear) parameters += "const float* row_weights, const float* column_weights, ";
  const char* kind = kernel.linear ? "linear" : "nearest";
  const std::string clear = clear_border_statement(y, "y_image");
  const std::string wanted = fmt::format("resize_{}_{}_to_{}x{}", kind, shape_name(x), y.height, y.width);
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/blocked_resize.cpp.tmpl",
        TemplateValues()
            .set("comment", fmt::format("Resize ({}): {} -> {}.", kind, shape_name(x), shape_name(y)))
            .set("name", function)
            .set("parameters", parameters)
            .set("batch", y.batch)
            .set("blocks", y.blocks())
            .set("height", y.height)
            .set("width", y.width)
            .set("x_image_stride", x.image_stride)
            .set("x_block_stride", x.block_stride)
            .set("x_row_stride", x.row_stride)
            .set("x_pixel_stride", x.pixel_stride)
            .set("y_image_stride", y.image_stride)
            .set("y_block_stride", y.block_stride)
            .set("y_row_stride", y.row_stride)
            .set("y_pixel_stride", y.pixel_stride)
            .flag("border", !clear.empty())
            .set("clear_border", clear)
            .flag("nearest", !kernel.linear)
            .flag("linear", kernel.linear));
  });
  std::string arguments =
      emitter.pointer(x) + ", " + emitter.pointer(kernel.rows) + ", " + emitter.pointer(kernel.columns);
  if (kernel.linear)
    arguments += ", " + emitter.pointer(kernel.row_weights) + ", " + emitter.pointer(kernel.column_weights);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(y));
}

}  // namespace intaglio
