// Between planar and blocked layout: 8x8 transposes, one function per direction and plane,
// called for every run of channels.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/emitter.h"
#include "backend/loop_nest.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// The function that moves some channels of one image; it depends on the plane only, so segments share it.
std::string channels_function(const View& view, bool to_blocked, Emitter& emitter) {
  // Rows that follow each other without pixels between them are one long row.
  const bool dense = view.height == 1 || view.row_stride == view.width * view.pixel_stride;
  const int64_t rows = dense ? 1 : view.height, pixels = dense ? view.height * view.width : view.width;
  const std::string wanted =
      fmt::format("{}_planes_{}x{}", to_blocked ? "to_blocked" : "to_planar", view.height, view.width);
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template(to_blocked ? "kernels/to_blocked.cpp.tmpl" : "kernels/to_planar.cpp.tmpl",
                           TemplateValues()
                               .set("name", name)
                               .set("rows", rows)
                               .set("pixels", pixels)
                               .set("block_stride", view.block_stride)
                               .set("row_stride", view.row_stride)
                               .set("pixel_stride", view.pixel_stride)
                               .flag("wide", pixels >= 8)
                               .flag("narrow", pixels < 8));
  });
}

/// Channels that fill consecutive blocks without gap lanes between them.
struct ChannelStretch {
  int64_t first_channel, first_block, channels;
};

std::vector<ChannelStretch> channel_stretches(const View& view) {
  std::vector<ChannelStretch> stretches;
  int64_t channel = 0, first_block = 0;
  for (int64_t channels : view.segments) {
    if (!stretches.empty() && stretches.back().channels % lanes_per_block == 0) {
      stretches.back().channels += channels;
    } else {
      stretches.push_back({channel, first_block, channels});
    }
    channel += channels;
    first_block += block_count(channels);
  }
  return stretches;
}

std::string pointer_expression(const char* base, int64_t offset) {
  return sum_expression({base, offset == 0 ? "" : std::to_string(offset)});
}

}  // namespace

std::string render(const RelayoutStep& kernel, const Step&, Emitter& emitter) {
  const bool to_blocked = kernel.y.blocked();
  require(kernel.x.blocked() != to_blocked, "a relayout is between planar and blocked");
  const View& view = to_blocked ? kernel.y : kernel.x;
  require(view.type == ElementType::float32, "blocked views hold floats");
  const int64_t plane = view.height * view.width;
  const std::string function = channels_function(view, to_blocked, emitter);
  std::vector<TemplateValues> parts;
  for (const ChannelStretch& stretch : channel_stretches(view)) {
    const int64_t planar = stretch.first_channel * plane, blocked = stretch.first_block * view.block_stride;
    parts.push_back(TemplateValues()
                        .set("function", function)
                        .set("source", pointer_expression("x_image", to_blocked ? planar : blocked))
                        .set("target", pointer_expression("y_image", to_blocked ? blocked : planar))
                        .set("channels", stretch.channels));
  }
  const int64_t planar_image = view.channels() * plane;
  const std::string clear = to_blocked ? clear_border_statement(view, "y_image") : "";
  const std::string wanted = fmt::format("{}_{}", to_blocked ? "to_blocked" : "to_planar", shape_name(view));
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    return render_template("kernels/relayout.cpp.tmpl",
                           TemplateValues()
                               .set("comment", fmt::format("{}, {}.", shape_name(view),
                                                           to_blocked ? "planar -> blocked" : "blocked -> planar"))
                               .set("name", unique)
                               .set("batch", view.batch)
                               .set("x_image_stride", to_blocked ? planar_image : view.image_stride)
                               .set("y_image_stride", to_blocked ? view.image_stride : planar_image)
                               .flag("border", !clear.empty())
                               .set("clear_border", clear)
                               .list("parts", parts));
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(kernel.x), emitter.pointer(kernel.y));
}

}  // namespace intaglio
