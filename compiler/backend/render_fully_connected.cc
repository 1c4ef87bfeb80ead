// Fully connected layers: y = W x + b per image, panels of outputs whose weights stream from memory once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// A vector per image, planar or blocked: how far images and blocks of outputs are apart
/// and how many elements are real.
struct Vectors {
  int64_t batch, elements, blocks, image_stride, block_stride;
};

Vectors vectors(const View& view) {
  if (view.blocked()) {
    require(view.height == 1 && view.width == 1, "a fully connected step takes blocked operands with one pixel");
    return {view.batch, view.channels(), view.blocks(), view.image_stride, view.block_stride};
  }
  const int64_t elements = view.shape.rank() == 0 ? 1 : view.shape[view.shape.rank() - 1];
  const int64_t batch = elements == 0 ? 0 : view.shape.elements() / elements;
  return {batch, elements, block_count(elements), elements, lanes_per_block};
}

/// Loops over stretches of inputs, in channel order and without gap lanes.
std::vector<TemplateValues> input_runs(const View& x, int64_t lanes, const std::vector<TemplateValues>& steps) {
  std::vector<TemplateValues> runs;
  auto add = [&](int64_t inputs, const std::string& input) {
    runs.push_back(TemplateValues().set("inputs", inputs).set("lanes", lanes).set("input", input).list("steps", steps));
  };
  if (!x.blocked()) {
    add(vectors(x).elements, "x_image + i");
    return runs;
  }
  int64_t first = 0;
  for (const ChannelRun& run : channel_runs(x.segments)) {
    const std::string start = first == 0 ? "x_image" : fmt::format("x_image + {}", first * x.block_stride);
    const bool dense = x.block_stride == lanes_per_block;
    add(run.full * lanes_per_block + run.tail,
        dense ? start + " + i"
              : fmt::format("{} + i / {} * {} + i % {}", start, lanes_per_block, x.block_stride, lanes_per_block));
    first += run.full + (run.tail != 0 ? 1 : 0);
  }
  return runs;
}

/// Loads or stores one block of a planar or blocked vector; only the last block of a planar one is partial.
std::string block_access(const char* operation, const std::string& arguments, const View& view, int64_t real_lanes) {
  if (view.blocked() || real_lanes >= lanes_per_block) return fmt::format("f32x8_{}({})", operation, arguments);
  return fmt::format("f32x8_{}_partial({}, {})", operation, arguments, real_lanes);
}

TemplateValues panel_values(const FullyConnectedStep& kernel, int64_t first, int64_t count, int64_t blocks,
                            const Emitter& emitter) {
  const Vectors y = vectors(kernel.y);
  const Vectors residual = kernel.residual ? vectors(*kernel.residual) : Vectors{};
  std::string accumulators;
  std::vector<TemplateValues> starts, steps, stores;
  for (int64_t b = 0; b < blocks; ++b) {
    const std::string accumulator = fmt::format("acc{}", b);
    accumulators += (b == 0 ? "" : ", ") + accumulator;
    const std::string bias =
        kernel.bias ? fmt::format("f32x8_load(bias_panel + {})", b * lanes_per_block) : "f32x8_zero()";
    starts.push_back(TemplateValues().set("accumulator", accumulator).set("value", bias));
    steps.push_back(TemplateValues()
                        .set("accumulate", emitter.accumulate())
                        .set("accumulator", accumulator)
                        .set("lane", b * lanes_per_block));
    const int64_t real_lanes = y.elements - (first + b) * lanes_per_block;  // panels that repeat are complete
    std::string residual_lanes;
    if (kernel.residual) {
      residual_lanes = block_access("load", fmt::format("residual_panel + {}", b * residual.block_stride),
                                    *kernel.residual, real_lanes);
    }
    const std::string value = epilogue_expression(emitter, kernel.epilogue, accumulator, residual_lanes);
    const std::string target = fmt::format("y_panel + {}, {}", b * y.block_stride, value);
    stores.push_back(TemplateValues().set("statement", block_access("store", target, kernel.y, real_lanes) + ";"));
  }
  return TemplateValues()
      .set("count", count)
      .set("lanes", blocks * lanes_per_block)
      .set("accumulators", accumulators)
      .list("starts", starts)
      .list("runs", input_runs(kernel.x, blocks * lanes_per_block, steps))
      .list("stores", stores)
      .set("y_step", blocks * y.block_stride)
      .flag("residual", kernel.residual.has_value())
      .set("residual_step", blocks * residual.block_stride)
      .flag("bias", static_cast<bool>(kernel.bias));
}

}  // namespace

std::string render(const FullyConnectedStep& kernel, const Step&, Emitter& emitter) {
  const Vectors x = vectors(kernel.x), y = vectors(kernel.y);
  std::vector<TemplateValues> panels;
  const int64_t panel_blocks = kernel.panel_blocks, whole = y.blocks / panel_blocks, rest = y.blocks % panel_blocks;
  // The last panel stands alone when its last block is not full.
  const bool partial = !kernel.y.blocked() && y.elements % lanes_per_block != 0;
  const int64_t repeated = whole - (partial && rest == 0 ? 1 : 0);
  if (repeated > 0) panels.push_back(panel_values(kernel, 0, repeated, panel_blocks, emitter));
  if (repeated < whole) panels.push_back(panel_values(kernel, repeated * panel_blocks, 1, panel_blocks, emitter));
  if (rest > 0) panels.push_back(panel_values(kernel, whole * panel_blocks, 1, rest, emitter));

  std::string wanted = fmt::format("fully_connected_{}_to_{}", x.elements, y.elements);
  wanted += epilogue_suffix(kernel.epilogue);
  const std::string clear = kernel.y.blocked() ? clear_border_statement(kernel.y, "y_panel") : "";
  const std::string comment = fmt::format("Fully connected: {} -> {}.", x.elements, y.elements);
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/fully_connected.cpp.tmpl",
        TemplateValues()
            .set("comment", comment)
            .set("panel_lanes", std::min(panel_blocks, y.blocks) * lanes_per_block)
            .set("name", function)
            .set("bias_parameter", kernel.bias ? "const float* bias, " : "")
            .set("residual_parameter", kernel.residual ? "const float* residual, " : "")
            .set("batch", y.batch)
            .set("x_image_stride", x.image_stride)
            .set("y_image_stride", y.image_stride)
            .flag("border", !clear.empty())
            .set("clear_border", clear)
            .flag("residual", kernel.residual.has_value())
            .set("residual_image_stride", kernel.residual ? vectors(*kernel.residual).image_stride : 0)
            .flag("bias", static_cast<bool>(kernel.bias))
            .list("panels", panels));
  });
  std::string arguments = emitter.pointer(kernel.x) + ", " + emitter.pointer(kernel.weights);
  if (kernel.bias) arguments += ", " + emitter.pointer(kernel.bias);
  if (kernel.residual) arguments += ", " + emitter.pointer(*kernel.residual);
  return fmt::format("{}({}, {});", name, arguments, emitter.pointer(kernel.y));
}

}  // namespace intaglio
