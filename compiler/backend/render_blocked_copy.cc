// Copies between blocked views: channels by a map (whole blocks where it keeps them together, lane by lane elsewhere),
// pixels by start and step (crop, subsampling, padding).
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// Positions of y along one axis whose source lies inside x: [begin, end); the others are filled.
struct Inside {
  int64_t begin = 0, end = 0;
};
Inside inside(int64_t in, int64_t out, int64_t start, int64_t step) {
  Inside range;
  for (int64_t i = 0; i < out; ++i) {
    const int64_t source = i * step + start;
    if (source < 0 || source >= in) continue;
    if (range.end == 0) range.begin = i;
    range.end = i + 1;
  }
  return range;
}

/// The stretches of [0, out) outside `range`.
std::vector<TemplateValues> outside(const Inside& range, int64_t out, const View& y) {
  std::vector<TemplateValues> stretches;
  auto add = [&](int64_t begin, int64_t end) {
    if (begin == end) return;
    stretches.push_back(TemplateValues()
                            .set("begin", begin)
                            .set("end", end)
                            .set("width", y.width)
                            .set("y_row_stride", y.row_stride)
                            .set("y_pixel_stride", y.pixel_stride));
  };
  add(0, range.begin);
  add(range.end, out);
  return stretches;
}

/// Function that writes one block of y from one block of x, or from the lanes of a pixel that a table names.
std::string plane_function(const BlockedCopyStep& kernel, const std::string& wanted, bool gathered, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  const Inside rows = inside(x.height, y.height, kernel.start_h, kernel.step_h);
  const Inside columns = inside(x.width, y.width, kernel.start_w, kernel.step_w);
  const std::vector<TemplateValues> rows_outside = outside(rows, y.height, y),
                                    columns_outside = outside(columns, y.width, y);
  const bool has_rows = rows.begin < rows.end, has_columns = columns.begin < columns.end;
  return emitter.function(wanted + (gathered ? "_gathered_block" : "_block"), [&](const std::string& name) {
    return render_template("kernels/blocked_copy_plane.cpp.tmpl",
                           TemplateValues()
                               .set("comment", "One block of channels, all pixels.")
                               .set("name", name)
                               .set("lanes_parameter", gathered ? "const int32_t* lanes, " : "")
                               .flag("only_fill", !has_rows || !has_columns)
                               .flag("fills", !rows_outside.empty() || (has_rows && !columns_outside.empty()))
                               .set("fill", float_literal(kernel.fill))
                               .list("rows_outside", rows_outside)
                               .flag("has_rows", has_rows)
                               .list("columns_outside", columns_outside)
                               .flag("has_columns", has_columns)
                               .set("row_begin", rows.begin)
                               .set("row_end", rows.end)
                               .set("column_begin", columns.begin)
                               .set("column_end", columns.end)
                               .set("width", y.width)
                               .set("step_h", kernel.step_h)
                               .set("start_h", kernel.start_h)
                               .set("step_w", kernel.step_w)
                               .set("start_w", kernel.start_w)
                               .set("x_row_stride", x.row_stride)
                               .set("x_pixel_stride", x.pixel_stride)
                               .set("y_row_stride", y.row_stride)
                               .set("y_pixel_stride", y.pixel_stride)
                               .set("load", gathered ? "f32x8_gather_offsets(pixel, lanes)" : "f32x8_load(pixel)"));
  });
}

/// Blocks of y by the way in which they are filled.
struct Plan {
  std::vector<int64_t> copied;             ///< pairs: block of y, block of x
  std::vector<int64_t> gathered, sources;  ///< blocks of y; per lane the offset from x's first block
};

Plan plan(const BlockedCopyStep& kernel) {
  const View &x = kernel.x, &y = kernel.y;
  const std::vector<int64_t> x_lanes = channel_lanes(x);
  const bool only_fill = inside(x.height, y.height, kernel.start_h, kernel.step_h).end == 0 ||
                         inside(x.width, y.width, kernel.start_w, kernel.step_w).end == 0;
  Plan result;
  int64_t y_block = 0;
  size_t channel = 0;
  for (int64_t channels : y.segments) {
    for (int64_t first = 0; first < channels; first += lanes_per_block, ++y_block) {
      const int64_t count = std::min(lanes_per_block, channels - first);
      std::vector<int64_t> lanes;
      bool whole = true;
      for (int64_t lane = 0; lane < count; ++lane) {
        lanes.push_back(x_lanes[static_cast<size_t>(kernel.channel_map[channel++])]);
        whole = whole && lanes.back() / lanes_per_block == lanes.front() / lanes_per_block &&
                lanes.back() % lanes_per_block == lane;
      }
      if (whole || only_fill) {
        result.copied.insert(result.copied.end(), {y_block, lanes.front() / lanes_per_block});
        continue;
      }
      result.gathered.push_back(y_block);
      lanes.resize(static_cast<size_t>(lanes_per_block), lanes.front());  // gap lanes may hold anything
      for (int64_t lane : lanes)
        result.sources.push_back(lane / lanes_per_block * x.block_stride + lane % lanes_per_block);
    }
  }
  return result;
}

}  // namespace

std::string render(const BlockedCopyStep& kernel, const Step&, Emitter& emitter) {
  const View &x = kernel.x, &y = kernel.y;
  require(static_cast<int64_t>(kernel.channel_map.size()) == y.channels(), "a blocked copy maps every channel of y");
  const Plan blocks = plan(kernel);
  const std::string wanted = fmt::format("blocked_copy_{}_to_{}", shape_name(x), shape_name(y));
  std::vector<TemplateValues> whole, gathered;
  auto parts = [&](bool gather) {
    return TemplateValues()
        .set("plane", plane_function(kernel, wanted, gather, emitter))
        .set("x_block_stride", x.block_stride)
        .set("y_block_stride", y.block_stride);
  };
  if (!blocks.copied.empty()) {
    std::string table = "{";
    for (size_t i = 0; i < blocks.copied.size(); i += 2) {
      table += fmt::format("{}{{{}, {}}}",
                           i == 0        ? ""
                           : i % 20 == 0 ? ",\n    "
                                         : ", ",
                           blocks.copied[i], blocks.copied[i + 1]);
    }
    whole.push_back(parts(false).set("count", blocks.copied.size() / 2).set("table", table + "}"));
  }
  if (!blocks.gathered.empty()) {
    gathered.push_back(parts(true)
                           .set("count", blocks.gathered.size())
                           .set("table", integer_table(blocks.gathered))
                           .set("sources", integer_table(blocks.sources)));
  }
  const std::string clear = clear_border_statement(y, "y_image");
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    return render_template(
        "kernels/blocked_copy.cpp.tmpl",
        TemplateValues()
            .set("comment", fmt::format("Copies {} to {}; pixels from ({}, {}) in steps of ({}, {}).", shape_name(x),
                                        shape_name(y), kernel.start_h, kernel.start_w, kernel.step_h, kernel.step_w))
            .set("name", function)
            .set("batch", y.batch)
            .set("x_image_stride", x.image_stride)
            .set("y_image_stride", y.image_stride)
            .flag("border", !clear.empty())
            .set("clear_border", clear)
            .list("whole", whole)
            .list("gathered", gathered));
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(x), emitter.pointer(y));
}

}  // namespace intaglio
