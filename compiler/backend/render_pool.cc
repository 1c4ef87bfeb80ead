// Pooling of blocked views: straight-line windows where they lie inside x,
// windows clipped by row and column at its edges.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "backend/element_literal.h"
#include "backend/emitter.h"
#include "backend/template.h"
#include "support/error.h"

namespace intaglio {

namespace {

const char* kind_name(PoolKind kind) {
  switch (kind) {
    case PoolKind::max:
      return "max";
    case PoolKind::average:
      return "average";
    case PoolKind::lp:
      break;
  }
  return "lp";
}

std::string identity(const PoolStep& pool) {
  return pool.kind == PoolKind::max ? "f32x8_splat(-INTAGLIO_INFINITY)" : "f32x8_zero()";
}

/// What an element adds to a window's accumulator.
std::string accumulate(const PoolStep& pool, const std::string& acc, const std::string& v) {
  if (pool.kind == PoolKind::max) return fmt::format("f32x8_max_nan({}, {})", acc, v);
  if (pool.kind == PoolKind::average) return fmt::format("f32x8_add({}, {})", acc, v);
  if (pool.p == 1) return fmt::format("f32x8_add({}, f32x8_abs({}))", acc, v);
  if (pool.p == 2) return fmt::format("f32x8_fma({1}, {1}, {0})", acc, v);
  return fmt::format("f32x8_add({}, f32x8_pow(f32x8_abs({}), f32x8_splat({})))", acc, v,
                     float_literal(static_cast<float>(pool.p)));
}

/// The stored value of an accumulator over `count` elements.
std::string finish(const PoolStep& pool, const std::string& acc, const std::string& count) {
  if (pool.kind == PoolKind::average) return fmt::format("f32x8_div({}, f32x8_splat({}))", acc, count);
  if (pool.kind == PoolKind::max || pool.p == 1) return acc;
  if (pool.p == 2) return fmt::format("f32x8_sqrt({})", acc);
  return fmt::format("f32x8_pow({}, f32x8_splat({}))", acc, float_literal(1.0f / static_cast<float>(pool.p)));
}

/// Outputs [begin, end) along one axis have windows that lie inside the input.
struct Interior {
  int64_t begin, end;
};
Interior interior(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t dilation, int64_t pad) {
  const int64_t reach = (kernel - 1) * dilation + 1;
  const int64_t begin = pad < 0 ? 0 : std::min(out, (pad + stride - 1) / stride);
  const int64_t last_start = in - reach + pad;  // of a window, in padded coordinates
  const int64_t end = last_start < 0 ? 0 : std::min(out, last_start / stride + 1);
  return {begin, std::max(begin, end)};
}

std::string window_function(const PoolStep& pool, Emitter& emitter) {
  std::string wanted = fmt::format("pool_{}_window", kind_name(pool.kind));
  if (pool.kind == PoolKind::lp) wanted += fmt::format("_p{}", pool.p);
  return emitter.function(wanted, [&](const std::string& name) {
    return render_template("kernels/pool_window.cpp.tmpl",
                           TemplateValues()
                               .set("comment", "Reduces the taps of one pooling window, row by row.")
                               .set("name", name)
                               .set("identity", identity(pool))
                               .set("step", accumulate(pool, "acc", "v")));
  });
}

std::string clipped_function(const PoolStep& pool, const std::string& wanted, Emitter& emitter) {
  const std::string window = window_function(pool, emitter);
  const Window2d& w = pool.window;
  return emitter.function(wanted + "_clipped", [&](const std::string& name) {
    std::string text = render_template(
        "kernels/pool_clipped.cpp.tmpl",
        TemplateValues()
            .set("comment", fmt::format("Edges of {} pooling {}x{}.", kind_name(pool.kind), w.kernel_h, w.kernel_w))
            .set("name", name)
            .set("height", pool.x.height)
            .set("width", pool.x.width)
            .set("kernel_h", w.kernel_h)
            .set("kernel_w", w.kernel_w)
            .set("stride_h", w.stride_h)
            .set("stride_w", w.stride_w)
            .set("dilation_h", w.dilation_h)
            .set("dilation_w", w.dilation_w)
            .set("pad_top", w.pad_top)
            .set("pad_left", w.pad_left)
            .set("pad_bottom", pool.pad_bottom)
            .set("pad_right", pool.pad_right)
            .flag("include_pad", pool.kind == PoolKind::average && pool.count_include_pad)
            .flag("exclude_pad", pool.kind == PoolKind::average && !pool.count_include_pad)
            .set("window_function", window)
            .set("x_row_stride", pool.x.row_stride)
            .set("x_pixel_stride", pool.x.pixel_stride)
            .set("row_step", w.dilation_h * pool.x.row_stride)
            .set("column_step", w.dilation_w * pool.x.pixel_stride)
            .set("y_pixel_stride", pool.y.pixel_stride)
            .set("result", finish(pool, "acc", "static_cast<float>(count)")));
    return text;
  });
}

std::string tap(const PoolStep& pool, int64_t ky, int64_t column) {
  const int64_t offset = ky * pool.window.dilation_h * pool.x.row_stride + column * pool.x.pixel_stride;
  return fmt::format("f32x8_load(window + {})", offset);
}

TemplateValues line(const std::string& statement) { return TemplateValues().set("statement", statement); }

/// The straight-line window. Maxima of whole columns are kept in variables column0, column1, ...: those that the next
/// window shares move to the left instead of being computed again. Sums keep their order, tap by tap.
void set_straight_line(TemplateValues& values, const PoolStep& pool) {
  const Window2d& w = pool.window;
  std::vector<TemplateValues> before, taps, after;
  std::string result;
  if (pool.kind == PoolKind::max) {
    const int64_t shared = w.dilation_w == 1 ? std::max<int64_t>(0, w.kernel_w - w.stride_w) : 0;
    auto column_maximum = [&](int64_t kx) {
      std::string value = tap(pool, 0, kx * w.dilation_w);
      for (int64_t ky = 1; ky < w.kernel_h; ++ky) value = accumulate(pool, value, tap(pool, ky, kx * w.dilation_w));
      return value;
    };
    for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
      if (kx < shared) {
        before.push_back(line(fmt::format("f32x8 column{} = {};", kx, column_maximum(kx))));
        after.push_back(line(fmt::format("column{} = column{};", kx, kx + w.stride_w)));
      } else {
        taps.push_back(line(fmt::format("const f32x8 column{} = {};", kx, column_maximum(kx))));
      }
      result = kx == 0 ? "column0" : accumulate(pool, result, fmt::format("column{}", kx));
    }
  } else {
    taps.push_back(line(fmt::format("f32x8 acc = {};", identity(pool))));
    for (int64_t ky = 0; ky < w.kernel_h; ++ky) {
      for (int64_t kx = 0; kx < w.kernel_w; ++kx) {
        const std::string v = fmt::format("v{}_{}", ky, kx);
        taps.push_back(line(fmt::format("const f32x8 {} = {};", v, tap(pool, ky, kx * w.dilation_w))));
        taps.push_back(line(fmt::format("acc = {};", accumulate(pool, "acc", v))));
      }
    }
    result = finish(pool, "acc", float_literal(static_cast<float>(w.kernel_h * w.kernel_w)));
  }
  values.list("before", before).list("taps", taps).list("after", after).set("result", result);
}

}  // namespace

std::string render(const PoolStep& pool, const Step&, Emitter& emitter) {
  const View &x = pool.x, &y = pool.y;
  const Window2d& w = pool.window;
  require(x.segments == y.segments, "pooling keeps the channels where they are");
  Interior rows = interior(x.height, y.height, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top);
  Interior columns = interior(x.width, y.width, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left);
  const bool inner = pool.unrolled && rows.begin < rows.end && columns.begin < columns.end;
  if (!inner) rows = {y.height, y.height};

  std::string wanted = fmt::format("pool_{}_{}x{}_s{}_{}", kind_name(pool.kind), w.kernel_h, w.kernel_w,
                                   std::max(w.stride_h, w.stride_w), shape_name(x));
  const bool rows_before = rows.begin > 0, rows_after = rows.end < y.height;
  const bool columns_before = inner && columns.begin > 0, columns_after = inner && columns.end < y.width;
  const bool edges = rows_before || rows_after || columns_before || columns_after;
  const std::string clipped = edges ? clipped_function(pool, wanted, emitter) : "";
  const std::string clear = clear_border_statement(y, "y_image");
  const std::string name = emitter.function(wanted, [&](const std::string& function) {
    TemplateValues values;
    values
        .set("comment",
             fmt::format("{} pooling {}x{}, stride {}x{}, padding {},{}: {} -> {}.", kind_name(pool.kind), w.kernel_h,
                         w.kernel_w, w.stride_h, w.stride_w, w.pad_top, w.pad_left, shape_name(x), shape_name(y)))
        .set("name", function)
        .set("batch", y.batch)
        .set("blocks", y.blocks())
        .set("x_image_stride", x.image_stride)
        .set("x_block_stride", x.block_stride)
        .set("x_row_stride", x.row_stride)
        .set("y_image_stride", y.image_stride)
        .set("y_block_stride", y.block_stride)
        .set("y_row_stride", y.row_stride)
        .set("y_pixel_stride", y.pixel_stride)
        .flag("border", !clear.empty())
        .set("clear_border", clear)
        .set("clipped", clipped)
        .set("out_height", y.height)
        .set("out_width", y.width)
        .flag("inner", inner)
        .flag("rows_before", rows_before)
        .flag("rows_after", rows_after)
        .flag("columns_before", columns_before)
        .flag("columns_after", columns_after)
        .set("inner_top", rows.begin)
        .set("inner_bottom", rows.end)
        .set("inner_left", columns.begin)
        .set("inner_right", columns.end)
        .set("stride_h", w.stride_h)
        .set("pad_top", w.pad_top)
        .set("window_column", (columns.begin * w.stride_w - w.pad_left) * x.pixel_stride)
        .set("window_step", w.stride_w * x.pixel_stride);
    set_straight_line(values, pool);
    return render_template("kernels/pool.cpp.tmpl", values);
  });
  return fmt::format("{}({}, {});", name, emitter.pointer(x), emitter.pointer(y));
}

}  // namespace intaglio
