// Products of planar matrices that are not packed as weights. Every result is one sum over k in order; register tiles
// run over b as it lies, transposing 8x8 pieces when its columns are contiguous.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/loop_nest.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

enum Matrix : size_t { a_matrix, b_matrix, y_matrix };

/// How the columns of a tile lie in b.
enum class Columns {
  whole,    ///< blocks of 8
  partial,  ///< fewer than 8, next to each other
  single,   ///< one
};

struct RegisterTile {
  int64_t rows = 1, columns = 1;
  Columns kind = Columns::whole;
  bool transposed = false;  ///< b is contiguous along k

  int64_t blocks() const { return kind == Columns::whole ? columns / 8 : 1; }
};

std::string sum_name(int64_t row, int64_t block) { return fmt::format("sum{}{}", row, block); }

/// f(pointer) for loads of the tile's columns.
std::string load(const RegisterTile& tile, const std::string& pointer) {
  if (tile.kind == Columns::whole) return fmt::format("f32x8_load({})", pointer);
  if (tile.kind == Columns::partial) return fmt::format("f32x8_load_partial({}, {})", pointer, tile.columns);
  return fmt::format("f32x8_splat_load({})", pointer);
}

std::string store(const RegisterTile& tile, const std::string& pointer, const std::string& value) {
  if (tile.kind == Columns::whole) return fmt::format("f32x8_store({}, {});", pointer, value);
  return fmt::format("f32x8_store_partial({}, {}, {});", pointer, value, tile.columns);
}

std::string block_pointer(const char* base, const char* row_stride, int64_t row, int64_t block,
                          bool columns_move = true) {
  return sum_expression({base,
                         row == 0   ? ""
                         : row == 1 ? row_stride
                                    : fmt::format("{} * {}", row, row_stride),
                         block == 0 || !columns_move ? "" : std::to_string(block * 8)});
}

/// beta c of a tile's results; the product is rounded before it is added.
std::string scaled_c(const MatMulStep& kernel, const RegisterTile& tile, int64_t row, int64_t block) {
  const std::string pointer = block_pointer("c", "c_row", row, block, kernel.c_column != 0);
  const std::string c = kernel.c_column == 0 ? fmt::format("f32x8_splat_load({})", pointer) : load(tile, pointer);
  return kernel.beta == 1 ? c
                          : fmt::format("f32x8_rounded(f32x8_mul(f32x8_splat({}), {}))", float_literal(kernel.beta), c);
}

std::string stored_value(const Emitter& emitter, const MatMulStep& kernel, const RegisterTile& tile, int64_t row,
                         int64_t block) {
  std::string value = sum_name(row, block);
  if (kernel.alpha != 1) {
    value = fmt::format("f32x8_rounded(f32x8_mul(f32x8_splat({}), {}))", float_literal(kernel.alpha), value);
    if (kernel.c) value = fmt::format("f32x8_add({}, {})", value, scaled_c(kernel, tile, row, block));
  }
  return epilogue_expression(emitter, kernel.epilogue, value, "");
}

std::string tile_function(const MatMulStep& kernel, const RegisterTile& tile, Emitter& emitter) {
  std::string wanted =
      fmt::format("matmul_tile_{}x{}{}", tile.rows, tile.columns, tile.transposed ? "_transposed" : "");
  if (kernel.alpha != 1) wanted += "_scaled";
  if (kernel.c) wanted += "_c";
  wanted += epilogue_suffix(kernel.epilogue);
  std::string sums;
  std::vector<TemplateValues> unused, starts, loads, transposes, tile_loads, gathers, statements, stores;
  for (int64_t block = 0; block < tile.blocks(); ++block) {
    auto declaration = [&](const std::string& value) {
      return TemplateValues().set("declaration", fmt::format("const f32x8 b{} = {};", block, value));
    };
    const std::string columns = sum_expression({"b", block == 0 ? "" : fmt::format("{} * b_step", block * 8)});
    loads.push_back(declaration(load(tile, block_pointer("b", "", 0, block))));
    transposes.push_back(
        TemplateValues()
            .set("transpose_target", sum_expression({"tile", block == 0 ? "" : std::to_string(block * 8)}))
            .set("transpose_stride", tile.columns)
            .set("transpose_source", columns + " + i"));
    tile_loads.push_back(declaration(fmt::format("f32x8_load(tile + step * {}{})", tile.columns,
                                                 block == 0 ? "" : fmt::format(" + {}", block * 8))));
    gathers.push_back(declaration(fmt::format("f32x8_gather({} + i, b_step)", columns)));
  }
  for (int64_t row = 0; row < tile.rows; ++row) {
    std::string steps =
        fmt::format("const f32x8 a{} = f32x8_splat_load({});", row, block_pointer("a", "a_row", row, 0));
    for (int64_t block = 0; block < tile.blocks(); ++block) {
      const std::string sum = sum_name(row, block);
      sums += (sums.empty() ? "" : ", ") + sum;
      const bool from_c = kernel.c && kernel.alpha == 1;
      starts.push_back(TemplateValues().set(
          "start", fmt::format("{} = {};", sum, from_c ? scaled_c(kernel, tile, row, block) : "f32x8_zero()")));
      steps += fmt::format(" {}({}, a{}, b{});", emitter.accumulate(), sum, row, block);
      stores.push_back(TemplateValues().set("store", store(tile, block_pointer("y", "y_row", row, block),
                                                           stored_value(emitter, kernel, tile, row, block))));
    }
    statements.push_back(TemplateValues().set("accumulate", steps));
  }
  if (tile.rows == 1) {  // the distances of rows do not matter
    for (const char* parameter : {"a_row", "y_row", "c_row"}) {
      if (kernel.c || parameter[0] != 'c') unused.push_back(TemplateValues().set("parameter", parameter));
    }
  }
  return emitter.function(wanted, [&](const std::string& name) {
    TemplateValues values;
    values.set("rows", tile.rows)
        .set("columns", tile.columns)
        .set("name", name)
        .set("b_step", tile.transposed ? "column by column" : "row by row")
        .set("c_parameters", kernel.c ? "const float* c, ptrdiff_t c_row, " : "")
        .list("unused", unused)
        .set("sums", sums)
        .list("starts", starts)
        .list("statements", statements)
        .list("stores", stores);
    if (!tile.transposed) return render_template("kernels/matmul_tile.cpp.tmpl", values.list("loads", loads));
    return render_template(
        "kernels/matmul_tile_transposed.cpp.tmpl",
        values.list("transposes", transposes).list("tile_loads", tile_loads).list("gathers", gathers));
  });
}

/// Columns [first, end) in tiles of `columns`.
struct Panel {
  int64_t first, end, columns;
  Columns kind;
};

std::vector<Panel> panels(const MatMulStep& kernel, bool transposed) {
  const int64_t n = kernel.n;
  if (n == 1 || (n < 8 && transposed)) return {{0, n, 1, Columns::single}};
  if (n < 8) return {{0, n, n, Columns::partial}};
  const int64_t wide = kernel.tile_blocks * lanes_per_block, whole = n / wide * wide;
  std::vector<Panel> result;
  if (whole > 0) result.push_back({0, whole, wide, Columns::whole});
  if (n / 8 * 8 > whole) result.push_back({whole, n / 8 * 8, 8, Columns::whole});
  if (n % 8 != 0) result.push_back({n - 8, n, 8, Columns::whole});  // overlaps the one before, with the same results
  return result;
}

std::string scaled_offset(const char* base, const std::string& row, int64_t row_stride, const std::string& column,
                          int64_t column_stride) {
  return sum_expression({base, scaled(row, row_stride), scaled(column, column_stride)});
}

}  // namespace

std::string render(const MatMulStep& kernel, const Step&, Emitter& emitter) {
  require(kernel.a.type == ElementType::float32, "matrix products are of floats");
  require(!kernel.epilogue.residual, "matrix products have no residual");
  require(kernel.b_row == 1 || kernel.b_column == 1 || kernel.n == 1, "b is contiguous along one axis");
  require(!kernel.c || kernel.c_column == 0 || kernel.c_column == 1, "c is contiguous");
  const bool transposed = kernel.b_column != 1 && kernel.n > 1;

  std::vector<int64_t> y_strides = row_major_strides(Shape(kernel.batch_extents));
  for (int64_t& stride : y_strides) stride *= kernel.m * kernel.n;
  const std::vector<LoopAxis> batch =
      merged_axes(kernel.batch_extents, {kernel.a_strides, kernel.b_strides, y_strides}, "batch");
  if (steps(batch) * kernel.m * kernel.n == 0) return {};

  std::vector<TemplateValues> panel_values;
  for (const Panel& panel : panels(kernel, transposed)) {
    std::vector<TemplateValues> tiles;
    auto tile_rows = [&](int64_t first, int64_t end, int64_t rows) {
      if (first == end) return;
      const RegisterTile tile{rows, panel.columns, panel.kind, transposed && panel.kind == Columns::whole};
      const std::string row = first == 0 && end == rows ? "" : "row",
                        column = panel.end - panel.first == panel.columns && panel.first == 0 ? "" : "column";
      std::string c;
      if (kernel.c) {
        c = fmt::format(
            "{}, {}, ",
            scaled_offset("c", row, row.empty() ? 0 : kernel.c_row, column, column.empty() ? 0 : kernel.c_column),
            kernel.c_row);
      }
      auto offset = [&](const char* base, int64_t row_stride, int64_t column_stride) {
        return scaled_offset(base, row, row.empty() ? 0 : row_stride, column, column.empty() ? 0 : column_stride);
      };
      tiles.push_back(
          TemplateValues()
              .set("row_loop",
                   row.empty() ? "" : fmt::format("for (ptrdiff_t row = {}; row < {}; row += {}) ", first, end, rows))
              .set("tile", tile_function(kernel, tile, emitter))
              .set("arguments", fmt::format("{}, {}, {}, {}, {}, {}, {}{}, {}", offset("a_matrix", kernel.a_row, 0),
                                            kernel.a_row, kernel.a_column, offset("b_matrix", 0, kernel.b_column),
                                            tile.transposed ? kernel.b_column : kernel.b_row, kernel.k, c,
                                            offset("y_matrix", kernel.y_stride(), 1), kernel.y_stride())));
    };
    const int64_t whole_rows = kernel.m / kernel.tile_rows * kernel.tile_rows;
    tile_rows(0, whole_rows, kernel.tile_rows);
    tile_rows(whole_rows, kernel.m, kernel.m - whole_rows);
    const bool once = panel.first == 0 && panel.end - panel.first == panel.columns;
    panel_values.push_back(
        TemplateValues()
            .set("column_loop", once ? ""
                                     : fmt::format("for (ptrdiff_t column = {}; column < {}; column += {}) ",
                                                   panel.first, panel.end, panel.columns))
            .list("tiles", tiles));
  }
  const std::string wanted =
      fmt::format("matmul_{}x{}x{}{}", kernel.m, kernel.k, kernel.n, transposed ? "_transposed" : "");
  const std::string comment =
      fmt::format("[{} x {}] [{} x {}]{}{}.", kernel.m, kernel.k, kernel.k, kernel.n, kernel.c ? " + c" : "",
                  batch.empty() ? "" : fmt::format(", {} times", steps(batch)));
  const std::string name = emitter.function(wanted, [&](const std::string& unique) {
    return render_template("kernels/matmul.cpp.tmpl", TemplateValues()
                                                          .set("comment", comment)
                                                          .set("name", unique)
                                                          .set("c_parameter", kernel.c ? "const float* c, " : "")
                                                          .list("loops", loop_headers(batch, 1))
                                                          .set("a_matrix", element_pointer("a", batch, a_matrix))
                                                          .set("b_matrix", element_pointer("b", batch, b_matrix))
                                                          .set("y_matrix", element_pointer("y", batch, y_matrix))
                                                          .list("panels", panel_values));
  });
  return fmt::format("{}({}, {}, {}{});", name, emitter.pointer(kernel.a), emitter.pointer(kernel.b),
                     kernel.c ? emitter.pointer(*kernel.c) + ", " : "", emitter.pointer(kernel.y));
}

}  // namespace intaglio
