// MaxPool, AveragePool and LpPool: per output pixel the taps of its window that lie inside the input,
// in row-major order.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <cmath>
#include <limits>

#include "interpreter/evaluation.h"
#include "interpreter/fused.h"
#include "interpreter/real_functions.h"
#include "interpreter/window.h"

namespace intaglio::interpreter {

namespace {

/// The taps of one output coordinate along one axis.
struct Taps {
  int64_t start;        ///< input coordinate of tap 0, possibly outside
  int64_t first, last;  ///< taps first <= k < last lie inside the input
  int64_t padded;       ///< taps that lie inside input or padding (not in a ceil_mode overhang)
};

Taps taps_at(const WindowAxis& axis, int64_t out_coordinate) {
  const int64_t start = out_coordinate * axis.stride - axis.pad_begin;
  Taps taps{start, axis.kernel, 0, 0};
  for (int64_t k = 0; k < axis.kernel; ++k) {
    const int64_t i = start + k * axis.dilation;
    if (i >= -axis.pad_begin && i < axis.in + axis.pad_end) ++taps.padded;
    if (i < 0 || i >= axis.in) continue;
    taps.first = std::min(taps.first, k);
    taps.last = k + 1;
  }
  return taps;
}

/// visit(offset in the plane, row, column) for the taps inside the input.
template <class Visit>
void for_each_tap(const std::array<WindowAxis, 2>& axes, const Taps& rows, const Taps& columns, Visit&& visit) {
  for (int64_t ky = rows.first; ky < rows.last; ++ky) {
    const int64_t iy = rows.start + ky * axes[0].dilation;
    for (int64_t kx = columns.first; kx < columns.last; ++kx) visit(iy, columns.start + kx * axes[1].dilation);
  }
}

/// Calls pool(position, plane, rows, columns) for every output pixel.
template <class PoolPixel>
void for_each_pixel(const std::array<WindowAxis, 2>& axes, int64_t planes, PoolPixel&& pool) {
  std::vector<Taps> columns;
  for (int64_t ox = 0; ox < axes[1].out; ++ox) columns.push_back(taps_at(axes[1], ox));
  int64_t position = 0;
  for (int64_t plane = 0; plane < planes; ++plane) {
    for (int64_t oy = 0; oy < axes[0].out; ++oy) {
      const Taps rows = taps_at(axes[0], oy);
      for (const Taps& column : columns) pool(position++, plane, rows, column);
    }
  }
}

template <class T>
Results max_pool(const Evaluation& evaluation, const Pool& op, const std::array<WindowAxis, 2>& axes) {
  const TensorData& x = evaluation.input(0);
  const int64_t in_plane = axes[0].in * axes[1].in;
  const T* source = x.values<T>().data();
  Result<T> result(evaluation.output_shape());
  Result<int64_t> indices(evaluation.output_shape());
  for_each_pixel(
      axes, x.shape()[0] * x.shape()[1], [&](int64_t position, int64_t plane, const Taps& rows, const Taps& columns) {
        T best = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity()
                                                      : std::numeric_limits<T>::lowest();
        int64_t best_index = -1;
        for_each_tap(axes, rows, columns, [&](int64_t iy, int64_t ix) {
          const T value = source[plane * in_plane + iy * axes[1].in + ix];
          const bool first = best_index < 0;
          if (!first && (best != best || (value <= best))) return;  // NaN stays; NaN replaces, since it compares false
          best = value;
          best_index = plane * in_plane + (op.storage_order == 1 ? iy + ix * axes[0].in : iy * axes[1].in + ix);
        });
        result[position] = best;
        indices[position] = best_index;
      });
  return {result.take(), indices.take()};
}

template <class Real>
TensorData average_pool(const Evaluation& evaluation, const Pool& op, const std::array<WindowAxis, 2>& axes) {
  const TensorData& x = evaluation.input(0);
  const float* source = x.values<float>().data();
  Result<float> result(evaluation.output_shape());
  for_each_pixel(axes, x.shape()[0] * x.shape()[1],
                 [&](int64_t position, int64_t plane, const Taps& rows, const Taps& columns) {
                   const float* values = source + plane * axes[0].in * axes[1].in;
                   Real sum = 0;
                   int64_t count = 0;
                   for_each_tap(axes, rows, columns, [&](int64_t iy, int64_t ix) {
                     sum += values[iy * axes[1].in + ix];
                     ++count;
                   });
                   if (op.count_include_pad) count = rows.padded * columns.padded;
                   result[position] = static_cast<float>(sum / static_cast<Real>(count));
                 });
  return result.take();
}

template <class Real>
TensorData lp_pool(const Evaluation& evaluation, const Pool& op, const std::array<WindowAxis, 2>& axes) {
  const TensorData& x = evaluation.input(0);
  const float* source = x.values<float>().data();
  const auto p = static_cast<Real>(op.p);
  Result<float> result(evaluation.output_shape());
  for_each_pixel(axes, x.shape()[0] * x.shape()[1],
                 [&](int64_t position, int64_t plane, const Taps& rows, const Taps& columns) {
                   const float* values = source + plane * axes[0].in * axes[1].in;
                   Real sum = 0;
                   for_each_tap(axes, rows, columns, [&](int64_t iy, int64_t ix) {
                     const Real size = std::fabs(static_cast<Real>(values[iy * axes[1].in + ix]));
                     sum = op.p == 1 ? sum + size : op.p == 2 ? multiply_add(size, size, sum) : sum + power(size, p);
                   });
                   const Real y = op.p == 1 ? sum : op.p == 2 ? std::sqrt(sum) : power(sum, Real{1} / p);
                   result[position] = static_cast<float>(y);
                 });
  return result.take();
}

Results run(const Evaluation& evaluation, const Pool& op) {
  const std::array<WindowAxis, 2> axes = window_axes(op.window, evaluation.input(0).shape(), evaluation.output_shape());
  switch (op.kind) {
    case PoolKind::max:
      return visit_type(evaluation.input(0).type(), [&]<class T>() { return max_pool<T>(evaluation, op, axes); });
    case PoolKind::average:
      return {evaluation.strict() ? average_pool<float>(evaluation, op, axes)
                                  : average_pool<double>(evaluation, op, axes)};
    case PoolKind::lp:
      break;
  }
  return {evaluation.strict() ? lp_pool<float>(evaluation, op, axes) : lp_pool<double>(evaluation, op, axes)};
}

}  // namespace

OperatorFunctions pooling_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Pool, run>};
  return rows;
}

}  // namespace intaglio::interpreter
