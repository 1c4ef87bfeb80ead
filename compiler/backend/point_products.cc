// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/point_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "backend/convolution_tile.h"
#include "backend/template.h"
#include "backend/tiles.h"
#include "ir/panels.h"

namespace intaglio {

std::string point_products(Emitter& emitter, const PointProducts& p) {
  const int64_t block = emitter.program.block;
  const std::vector<ReductionBlock> reductions =
      reduction_blocks(channel_runs(p.segments, block), 1, p.reduction_block, block);
  int64_t input_blocks = 0;
  for (int64_t channels : p.segments) input_blocks += (channels + block - 1) / block;
  std::vector<Values> tables;
  auto table = [&](const char* name, const std::vector<int64_t>& values) {
    tables.push_back(Values().set("table", name).set("length", values.size()).set("values", integer_table(values)));
  };
  table("v_offset", pixel_offsets(1, p.tiles, 0, input_blocks * block));
  table("m_offset", pixel_offsets(1, p.tiles, 0, p.output_blocks * block));
  const ReductionTables reduction_tables = render_reductions(reductions, block);
  std::vector<Values> panels;
  int64_t most_lanes = 0;
  for (const PanelRange& panel : panel_split(p.output_blocks, p.panel_blocks)) {
    const std::vector<TileLoop> loops = balanced_tiles(
        p.tiles, tile_pixels_for(panel.blocks, p.panel_blocks, p.tile_pixels, emitter.blocks_per_register()));
    int64_t register_tiles = 0;
    for (const TileLoop& loop : loops) register_tiles += (loop.end - loop.first) / loop.step;
    const int64_t prefetch_step = prefetch_bytes(panel.blocks * block, block, register_tiles);
    std::vector<Values> loop_values;
    for (const TileLoop& loop : loops) {
      loop_values.push_back(Values()
                                .set("first", loop.first)
                                .set("end", loop.end)
                                .set("step", loop.step)
                                .set("tile_function", convolution_tile(emitter, loop.step, panel.blocks, false,
                                                                       prefetch_step, Epilogue{}))
                                .set("prefetch_step", prefetch_step));
    }
    most_lanes = std::max(most_lanes, panel.blocks * block);
    panels.push_back(Values()
                         .set("count", panel.count)
                         .set("lanes", panel.blocks * block)
                         .set("register_tiles", register_tiles)
                         .list("tile_loops", loop_values));
  }
  const int64_t outputs = p.output_blocks * block,
                inputs = std::accumulate(p.segments.begin(), p.segments.end(), int64_t{0});
  return emitter.function(
      fmt::format("{}_{}_of_{}x{}_tiles_{}", p.name, p.points, inputs, outputs, p.tiles), [&](const std::string& name) {
        return render_template("kernels/point_products.cpp.tmpl", Values()
                                                                      .set("name", name)
                                                                      .set("tiles", p.tiles)
                                                                      .set("inputs", inputs)
                                                                      .set("outputs", outputs)
                                                                      .list("tables", tables)
                                                                      .list("run_lists", reduction_tables.run_lists)
                                                                      .set("reduction_count", reductions.size())
                                                                      .list("reductions", reduction_tables.reductions)
                                                                      .set("most_lanes", most_lanes)
                                                                      .set("points", p.points)
                                                                      .set("w_point_stride", p.weights_stride)
                                                                      .set("v_point_stride", p.v_stride)
                                                                      .set("m_point_stride", p.m_stride)
                                                                      .list("panels", panels));
      });
}

}  // namespace intaglio
