// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/convolution_tile.h"

#include <fmt/format.h>

#include <algorithm>

namespace intaglio {

std::vector<int64_t> pixel_offsets(int64_t rows, int64_t width, int64_t row_step, int64_t pixel_step) {
  std::vector<int64_t> offsets;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < width; ++column) offsets.push_back(row * row_step + column * pixel_step);
  }
  return offsets;
}

namespace {
constexpr int64_t cache_line = 64;
}

int64_t prefetch_bytes(int64_t panel_lanes, int64_t block, int64_t tiles) {
  return panel_lanes * block * static_cast<int64_t>(sizeof(float)) / tiles;
}

std::string convolution_tile(Emitter& emitter, int64_t pixels, int64_t blocks, bool taps, int64_t prefetch_step,
                             const Epilogue& epilogue) {
  const int64_t block = emitter.program.block;
  const int64_t lines = std::clamp<int64_t>((prefetch_step + cache_line - 1) / cache_line, 1, block);
  std::string wanted = fmt::format("{}_tile_{}x{}", taps ? "convolution" : "pointwise", pixels, blocks * block);
  if (lines > 1) wanted += fmt::format("_prefetch_{}", lines);
  if (const std::string suffix = epilogue_name(epilogue); !suffix.empty()) wanted += "_" + suffix;
  // Measured with clang 14: tiles of mere products gain, others lose registers to it.
  const bool settle = !taps && blocks > 1 && epilogue_name(epilogue).empty();
  return emitter.function(wanted, [&](const std::string& name) {
    auto accumulator = [](int64_t pixel, int64_t b) { return fmt::format("a{}{}", pixel, b); };
    std::string names, kept;
    std::vector<Values> pixel_list, starts, cells, panel, steps;
    for (int64_t b = 0; b < blocks; ++b)
      panel.push_back(Values().set("block", b).set("panel_lanes", blocks * block).set("lane", b * block));
    for (int64_t p = 0; p < pixels; ++p) {
      pixel_list.push_back(Values().set("pixel", p));
      std::string accumulate;
      for (int64_t b = 0; b < blocks; ++b) {
        const std::string a = accumulator(p, b);
        names += (names.empty() ? "" : ", ") + a;
        starts.push_back(Values().set("accumulator", a).set("lane", b * block));
        const std::string residual =
            fmt::format("f32x8_load(residual + residual_offset[{}] + {} * window.residual_block_stride)", p, b);
        cells.push_back(Values()
                            .set("accumulator", a)
                            .set("pixel", p)
                            .set("block", b)
                            .set("stored_value", epilogue_expression(epilogue, a, residual)));
        kept += fmt::format("{}INTAGLIO_KEPT({})", kept.empty() ? "" : ", ", a);
        accumulate += fmt::format("{}{}({}, v, w{});", b == 0 ? "" : " ", emitter.accumulate(), a, b);
      }
      steps.push_back(Values().set("pixel", p).set("accumulate", accumulate));
    }
    // The next block of weights comes near in time only from the second-level cache: from memory one core does not have
    // enough outstanding loads for it, so lines further ahead are brought to that cache.
    constexpr int64_t far_ahead = 16384;  // bytes
    std::vector<Values> prefetches, channels;
    for (int64_t channel = 0; channel < block; ++channel) {
      if (channel < lines)
        prefetches.push_back(Values()
                                 .set("line", channel * cache_line)
                                 .set("far_line", channel * cache_line + far_ahead)
                                 .set("channel", channel));
      else
        channels.push_back(Values().set("channel", channel));
    }
    return render_template("kernels/convolution_tile.cpp.tmpl",
                           Values()
                               .set("kind", taps ? "direct" : "1x1")
                               .set("name", name)
                               .set("pixel_count", pixels)
                               .set("panel_lanes", blocks * block)
                               .set("stored", epilogue_expression(epilogue, "sum", "residual"))
                               .set("accumulators", names)
                               .set("kept", kept)
                               .flag("settle", settle)
                               .flag("barrier", !settle)
                               .flag("residual", epilogue.residual)
                               .flag("taps", taps)
                               .list("prefetches", prefetches)
                               .list("channels", channels)
                               .list("pixels", pixel_list)
                               .list("starts", starts)
                               .list("cells", cells)
                               .list("panel", panel)
                               .list("steps", steps));
  });
}

ReductionTables render_reductions(const std::vector<ReductionBlock>& reductions, int64_t x_block_stride) {
  ReductionTables tables;
  std::vector<std::string> known;
  for (const ReductionBlock& reduction : reductions) {
    std::string list;
    for (const ChannelRun& run : reduction.runs)
      list += fmt::format("{}{{{}, {}}}", list.empty() ? "" : ", ", run.full, run.tail);
    const size_t index = std::find(known.begin(), known.end(), list) - known.begin();
    const std::string runs = fmt::format("runs{}", index);
    if (index == known.size()) {
      known.push_back(list);
      tables.run_lists.push_back(Values().set("runs", runs).set("list", "{" + list + "}"));
    }
    tables.reductions.push_back(Values()
                                    .set("runs", runs)
                                    .set("run_count", reduction.runs.size())
                                    .set("x_offset", reduction.input_block * x_block_stride)
                                    .set("steps", reduction.steps));
  }
  return tables;
}

}  // namespace intaglio
