// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/convolution_tile.h"

#include <fmt/format.h>

#include <algorithm>

namespace intaglio {

std::vector<int64_t> pixel_offsets(int64_t rows, int64_t width, int64_t row_step, int64_t pixel_step, int64_t first) {
  std::vector<int64_t> offsets;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < width; ++column) offsets.push_back(first + row * row_step + column * pixel_step);
  }
  return offsets;
}

int64_t prefetch_bytes(int64_t panel_lanes, int64_t tiles) {
  return panel_lanes * lanes_per_block * static_cast<int64_t>(sizeof(float)) / tiles;
}

namespace {
/// The registers that hold the blocks of one pixel: as wide as the target's, and narrow ones for a rest.
std::vector<TileVector> tile_vectors(const ProductTile& tile) {
  const int64_t widest = tile.of.register_blocks;
  std::vector<TileVector> vectors;
  for (int64_t first = 0; first < tile.blocks; first += widest) {
    if (tile.blocks - first >= widest) {
      vectors.push_back({first, widest});
    } else {
      for (int64_t b = first; b < tile.blocks; ++b) vectors.push_back({b, 1});
    }
  }
  return vectors;
}
}  // namespace

TileAccumulators::TileAccumulators(const Emitter& emitter, const ProductTile& tile)
    : vectors(tile_vectors(tile)), emitter_(emitter) {
  for (size_t i = 0; i < vectors.size(); ++i) {
    if (i > 0 && vectors[i].blocks == vectors[i - 1].blocks) continue;
    std::string list;
    for (int64_t p = 0; p < tile.pixels; ++p) {
      for (size_t j = i; j < vectors.size() && vectors[j].blocks == vectors[i].blocks; ++j)
        list += fmt::format("{}a{}{}", list.empty() ? "" : ", ", p, j);
    }
    declarations.push_back(TemplateValues().set("type", vectors[i].type()).set("accumulators", list));
  }
  for (int64_t p = 0; p < tile.pixels; ++p) {
    for (size_t i = 0; i < vectors.size(); ++i) {
      names.push_back(fmt::format("a{}{}", p, i));
      starts.push_back(TemplateValues()
                           .set("accumulator", names.back())
                           .set("type", vectors[i].type())
                           .set("lane", vectors[i].first * lanes_per_block));
    }
  }
}

std::string TileAccumulators::accumulate(int64_t pixel) const {
  std::string text;
  for (size_t i = 0; i < vectors.size(); ++i) {
    const bool wide = vectors[i].blocks > 1, narrowed = !wide && vectors.front().blocks > 1;
    text += fmt::format("{}{}(a{}{}, {}, w{});", i == 0 ? "" : " ",
                        wide ? "INTAGLIO_ACCUMULATE_WIDE" : emitter_.accumulate(), pixel, i,
                        narrowed ? "f32x16_low(v)" : "v", i);
  }
  return text;
}

std::string TileAccumulators::block(int64_t pixel, int64_t block) const {
  size_t i = 0;
  while (block >= vectors[i].first + vectors[i].blocks) ++i;
  const std::string name = fmt::format("a{}{}", pixel, i);
  if (vectors[i].blocks == 1) return name;
  return fmt::format("f32x16_{}({})", block == vectors[i].first ? "low" : "high", name);
}

std::string convolution_tile(Emitter& emitter, const ProductTile& tile, TileTaps taps, int64_t prefetch_step,
                             const Epilogue& epilogue) {
  const bool clipped = taps == TileTaps::clipped;
  const int64_t pixels = tile.pixels, blocks = tile.blocks;
  const int64_t line = tile.of.prefetched_line;
  const int64_t lines = std::clamp<int64_t>((prefetch_step + line - 1) / line, 1, lanes_per_block);
  std::string wanted = fmt::format("{}_tile_{}x{}",
                                   clipped                 ? "clipped"
                                   : taps == TileTaps::all ? "convolution"
                                                           : "pointwise",
                                   pixels, blocks * lanes_per_block);
  if (lines > 1) wanted += fmt::format("_prefetch_{}", lines);
  wanted += epilogue_suffix(epilogue);
  const bool settle = tile.of.settles && blocks > 1 && epilogue_suffix(epilogue).empty();
  return emitter.function(wanted, [&](const std::string& name) {
    const TileAccumulators accumulators(emitter, tile);
    std::string kept;
    for (const std::string& a : accumulators.names)
      kept += fmt::format("{}INTAGLIO_KEPT({})", kept.empty() ? "" : ", ", a);
    std::vector<TemplateValues> pixel_list, reloads, zeros, sums, cells, panel, steps;
    for (size_t i = 0; i < accumulators.vectors.size(); ++i) {
      panel.push_back(TemplateValues()
                          .set("type", accumulators.vectors[i].type())
                          .set("vector", i)
                          .set("panel_lanes", blocks * lanes_per_block)
                          .set("lane", accumulators.vectors[i].first * lanes_per_block));
    }
    for (int64_t p = 0; p < pixels; ++p) {
      pixel_list.push_back(TemplateValues().set("pixel", p));
      auto stored = [&](int64_t b) { return fmt::format("f32x8_load(y + y_offset[{}] + {} * y_block_stride)", p, b); };
      for (size_t i = 0; i < accumulators.vectors.size(); ++i) {
        const TileVector& vector = accumulators.vectors[i];
        const std::string name = fmt::format("a{}{}", p, i);
        const bool one = vector.blocks == 1;
        const auto wide = [](const std::string& low, const std::string& high) {
          return fmt::format("f32x16_join({}, {})", low, high);
        };
        const std::string low = stored(vector.first), high = one ? "" : stored(vector.first + 1);
        if (!emitter.program.partial_sums) {
          reloads.push_back(TemplateValues().set("accumulator", name).set("value", one ? low : wide(low, high)));
          continue;
        }
        zeros.push_back(TemplateValues()
                            .set("accumulator", name)
                            .set("zero", one ? "f32x8_zero()" : wide("f32x8_zero()", "f32x8_zero()")));
        const auto add = [](const std::string& a, const std::string& b) {
          return fmt::format("f32x8_add({}, {})", a, b);
        };
        sums.push_back(TemplateValues()
                           .set("accumulator", name)
                           .set("sum", one ? add(name, low)
                                           : wide(add(fmt::format("f32x16_low({})", name), low),
                                                  add(fmt::format("f32x16_high({})", name), high))));
      }
      for (int64_t b = 0; b < blocks; ++b) {
        const std::string residual =
            fmt::format("f32x8_load(residual + residual_offset[{}] + {} * window.residual_block_stride)", p, b);
        cells.push_back(
            TemplateValues()
                .set("pixel", p)
                .set("block", b)
                .set("stored_value", epilogue_expression(emitter, epilogue, accumulators.block(p, b), residual)));
      }
      steps.push_back(TemplateValues()
                          .set("type", accumulators.input_type())
                          .set("pixel", p)
                          .set("accumulate", accumulators.accumulate(p)));
    }
    std::vector<TemplateValues> fours;
    if (tile.of.activates_four) {
      const size_t whole = cells.size() / 4 * 4;
      for (size_t i = 0; i < whole; i += 4) {
        std::vector<TemplateValues> four;
        for (size_t k = 0; k < 4; ++k) four.push_back(cells[i + k].set("stored_value", fmt::format("v.{}", "abcd"[k])));
        const auto& names = accumulators.names;
        fours.push_back(
            TemplateValues()
                .set("sums", fmt::format("{{{}, {}, {}, {}}}", names[i], names[i + 1], names[i + 2], names[i + 3]))
                .set("value", epilogue_expression(emitter, epilogue, "sums", ""))
                .list("four", four));
      }
      cells.erase(cells.begin(), cells.begin() + static_cast<ptrdiff_t>(whole));
    }
    std::vector<TemplateValues> prefetches, clipped_prefetches, channels;
    for (int64_t channel = 0; channel < lanes_per_block; ++channel) {
      if (channel < lines && clipped)
        clipped_prefetches.push_back(TemplateValues().set("line", channel * line).set("channel", channel));
      else if (channel < lines)
        prefetches.push_back(TemplateValues()
                                 .set("line", channel * line)
                                 .set("far_line", channel * line + tile.of.prefetched_ahead)
                                 .set("channel", channel));
      else
        channels.push_back(TemplateValues().set("channel", channel));
    }
    return render_template("kernels/convolution_tile.cpp.tmpl",
                           TemplateValues()
                               .set("kind", clipped                 ? "clipped"
                                            : taps == TileTaps::all ? "direct"
                                                                    : "1x1")
                               .set("window_type", clipped ? "ClippedWindow" : "ConvolutionWindow")
                               .flag("clipped", clipped)
                               .flag("steady", !clipped)
                               .set("block_floats", lanes_per_block * blocks * lanes_per_block)
                               .list("clipped_prefetches", std::move(clipped_prefetches))
                               .set("name", name)
                               .set("pixel_count", pixels)
                               .set("panel_lanes", blocks * lanes_per_block)
                               .set("stored", epilogue_expression(emitter, epilogue, "sum", "residual"))
                               .list("declarations", accumulators.declarations)
                               .set("kept", kept)
                               .flag("partial_sums", emitter.program.partial_sums)
                               .flag("running_sum", !emitter.program.partial_sums)
                               .flag("settle", settle)
                               .flag("barrier", !settle)
                               .flag("residual", epilogue.residual)
                               .flag("taps", taps != TileTaps::one)
                               .list("prefetches", std::move(prefetches))
                               .list("channels", std::move(channels))
                               .list("pixels", std::move(pixel_list))
                               .list("starts", accumulators.starts)
                               .list("reloads", std::move(reloads))
                               .list("zeros", std::move(zeros))
                               .list("sums", std::move(sums))
                               .list("fours", std::move(fours))
                               .list("cells", std::move(cells))
                               .list("panel", std::move(panel))
                               .list("steps", std::move(steps)));
  });
}

ReductionTables render_reductions(const std::vector<ReductionBlock>& reductions, int64_t x_block_stride,
                                  const std::string& runs_name) {
  ReductionTables tables;
  std::vector<std::string> known;
  for (const ReductionBlock& reduction : reductions) {
    std::string list;
    for (const ChannelRun& run : reduction.runs)
      list += fmt::format("{}{{{}, {}}}", list.empty() ? "" : ", ", run.full, run.tail);
    const size_t index = std::find(known.begin(), known.end(), list) - known.begin();
    const std::string runs = fmt::format("{}{}", runs_name, index);
    if (index == known.size()) {
      known.push_back(list);
      tables.run_lists.push_back(TemplateValues().set("runs", runs).set("list", "{" + list + "}"));
    }
    tables.reductions.push_back(TemplateValues()
                                    .set("runs", runs)
                                    .set("run_count", reduction.runs.size())
                                    .set("x_offset", reduction.input_block * x_block_stride)
                                    .set("steps", reduction.steps));
  }
  return tables;
}

}  // namespace intaglio
