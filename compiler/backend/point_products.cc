// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "backend/point_products.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "backend/convolution_tile.h"
#include "backend/template.h"
#include "backend/tiles.h"

namespace intaglio {

namespace {

struct PanelTiles {
  int64_t register_tiles = 0;
  std::vector<TemplateValues> loops;
};

/// The register tiles of one point of a panel, which share the prefetch of `weight_floats` weights per input channel
/// and lane of the panel.
PanelTiles panel_tiles(Emitter& emitter, const PointProducts& p, const PanelRange& panel, int64_t weight_floats,
                       int64_t points) {
  const std::vector<TileLoop> loops = balanced_tiles(p.tiles, panel.pixels);
  PanelTiles result;
  for (const TileLoop& loop : loops) result.register_tiles += (loop.end - loop.first) / loop.step;
  const int64_t prefetch_step =
      prefetch_bytes(weight_floats * panel.blocks * lanes_per_block, points * result.register_tiles);
  for (const TileLoop& loop : loops) {
    result.loops.push_back(TemplateValues()
                               .set("first", loop.first)
                               .set("end", loop.end)
                               .set("step", loop.step)
                               .set("tile_function", convolution_tile(emitter, {loop.step, panel.blocks, p.tile},
                                                                      TileTaps::one, prefetch_step, Epilogue{}))
                               .set("prefetch_step", prefetch_step));
  }
  return result;
}

/// What both kinds of functions have: where tiles start in v and in m, and the reduction's blocks.
void set_tables(TemplateValues& values, const PointProducts& p) {
  const std::vector<ReductionBlock> reductions = reduction_blocks(channel_runs(p.segments), 1, p.reduction_block);
  const int64_t input_blocks = block_count(p.segments);
  std::vector<TemplateValues> tables;
  auto table = [&](const char* name, const std::vector<int64_t>& entries) {
    tables.push_back(
        TemplateValues().set("table", name).set("length", entries.size()).set("values", integer_table(entries)));
  };
  table("v_offset", pixel_offsets(1, p.tiles, 0, input_blocks * lanes_per_block));
  table("m_offset", pixel_offsets(1, p.tiles, 0, p.output_blocks * lanes_per_block));
  const ReductionTables reduction_tables = render_reductions(reductions, lanes_per_block);
  values.set("tiles", p.tiles)
      .set("inputs", std::accumulate(p.segments.begin(), p.segments.end(), int64_t{0}))
      .list("tables", std::move(tables))
      .list("run_lists", reduction_tables.run_lists)
      .set("reduction_count", reductions.size())
      .list("reductions", reduction_tables.reductions)
      .set("points", p.points)
      .set("v_point_stride", p.v_stride)
      .set("m_point_stride", p.m_stride);
}

}  // namespace

std::string point_products(Emitter& emitter, const PointProducts& p) {
  std::vector<TemplateValues> panels;
  int64_t most_lanes = 0;
  for (const PanelRange& panel : panel_split(p.output_blocks, p.tile)) {
    PanelTiles tiles = panel_tiles(emitter, p, panel, 1, 1);
    most_lanes = std::max(most_lanes, panel.blocks * lanes_per_block);
    panels.push_back(TemplateValues()
                         .set("count", panel.count)
                         .set("lanes", panel.blocks * lanes_per_block)
                         .set("register_tiles", tiles.register_tiles)
                         .list("tile_loops", std::move(tiles.loops)));
  }
  const int64_t outputs = p.output_blocks * lanes_per_block,
                inputs = std::accumulate(p.segments.begin(), p.segments.end(), int64_t{0});
  return emitter.function(
      fmt::format("{}_{}_of_{}x{}_tiles_{}", p.name, p.points, inputs, outputs, p.tiles), [&](const std::string& name) {
        TemplateValues values;
        set_tables(values, p);
        return render_template("kernels/point_products.cpp.tmpl", values.set("name", name)
                                                                      .set("outputs", outputs)
                                                                      .set("most_lanes", most_lanes)
                                                                      .set("w_point_stride", p.weights_stride)
                                                                      .list("panels", panels));
      });
}

std::string panel_products(Emitter& emitter, const PanelProducts& panel) {
  const PointProducts& p = panel.products;
  const int64_t lanes = panel.panel.blocks * lanes_per_block;
  PanelTiles tiles = panel_tiles(emitter, p, panel.panel, panel.taps, p.points);
  const int64_t inputs = std::accumulate(p.segments.begin(), p.segments.end(), int64_t{0});
  return emitter.function(fmt::format("{}_{}_of_{}_panel_{}_tiles_{}", p.name, p.points, inputs, lanes, p.tiles),
                          [&](const std::string& name) {
                            TemplateValues values;
                            set_tables(values, p);
                            return render_template("kernels/winograd_panel.cpp.tmpl",
                                                   values.set("name", name)
                                                       .set("lanes", lanes)
                                                       .set("taps", panel.taps)
                                                       .set("transform", panel.transform)
                                                       .set("u_point_stride", panel.u_stride)
                                                       .set("register_tiles", tiles.register_tiles)
                                                       .list("tile_loops", std::move(tiles.loops)));
                          });
}

}  // namespace intaglio
