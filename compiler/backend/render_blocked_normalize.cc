// Group normalisation of blocked views: sums per lane and row, gathered per group,
// in the order that suits the layout (fast numerics).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

std::string render(const BlockedNormalizeStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const int64_t channels = x.channels(), group_channels = channels / kernel.groups;
  require(x.segments == y.segments, "a normalisation keeps the channels where they are");
  require(group_channels * kernel.groups == channels, "groups of a normalisation have equally many channels");
  const std::vector<int64_t> lanes = channel_lanes(x);
  const bool has_gaps = !lanes.empty() && lanes.back() + 1 != channels;
  const std::string scale = kernel.scale ? "const float* scale, " : "", bias = kernel.bias ? "const float* bias, " : "";
  const std::string inverse = "f32x8_load(inverses + block * 8)";
  const std::string clear = clear_border_statement(y, "y_image");
  const std::string wanted = fmt::format("group_normalize_{}_{}", kernel.groups, shape_name(x));
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/blocked_normalize.cpp.tmpl",
        TemplateValues()
            .set("comment", fmt::format("Normalises each of {} groups of channels over all pixels of {}.",
                                        kernel.groups, shape_name(x)))
            .set("name", function)
            .set("parameters", scale + bias)
            .set("batch", y.batch)
            .set("blocks", x.blocks())
            .set("height", x.height)
            .set("width", x.width)
            .set("groups", kernel.groups)
            .set("group_channels", group_channels)
            .set("count", float_literal(static_cast<float>(group_channels * x.height * x.width)))
            .flag("has_gaps", has_gaps)
            .set("channels", channels)
            .set("lanes", integer_table(lanes))
            .set("lane", has_gaps ? "lanes[c]" : "c")
            .set("epsilon", float_literal(kernel.epsilon))
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
            .set("factor",
                 kernel.scale ? fmt::format("f32x8_mul({}, f32x8_load(scale + block * 8))", inverse) : inverse)
            .set("offset", kernel.bias ? "f32x8_load(bias + block * 8)" : "f32x8_zero()"));
  });
  std::string arguments = emitter.pointer(x);
  if (kernel.scale) arguments += ", " + emitter.pointer(kernel.scale);
  if (kernel.bias) arguments += ", " + emitter.pointer(kernel.bias);
  return fmt::format("{}({}, {}, {});", name, arguments, emitter.pointer(y), emitter.pointer(kernel.scratch));
}

}  // namespace intaglio
