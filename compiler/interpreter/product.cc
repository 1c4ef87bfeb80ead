// Gemm and MatMul. Float32 products run on the panel kernel; other types, which only constants have, on plain loops.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <type_traits>

#include "interpreter/epilogue.h"
#include "interpreter/evaluation.h"
#include "interpreter/fused.h"
#include "interpreter/positions.h"

namespace intaglio::interpreter {

namespace {

/// A matrix somewhere in a tensor.
template <class T>
struct Matrix {
  const T* data;
  int64_t row_stride, column_stride;
  T at(int64_t row, int64_t column) const { return data[row * row_stride + column * column_stride]; }
};

/// store(i, j, start(i, j) + sum over k ascending of a[i][k] b[k][j]) for every element of an m x n result.
template <class Accumulator, class Start, class Store>
void multiply(int64_t m, int64_t n, int64_t depth, Matrix<float> a, Matrix<float> b, const Start& start,
              const Store& store) {
  std::vector<float> rows(static_cast<size_t>(m * depth));
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t k = 0; k < depth; ++k) rows[static_cast<size_t>(i * depth + k)] = a.at(i, k);
  }
  std::vector<float> panel(static_cast<size_t>(depth * panel_columns));
  std::vector<Accumulator> sums(static_cast<size_t>(m * panel_columns));
  for (int64_t first = 0; first < n; first += panel_columns) {
    const int64_t count = std::min(panel_columns, n - first);
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t j = 0; j < count; ++j) panel[static_cast<size_t>(k * panel_columns + j)] = b.at(k, first + j);
    }
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < count; ++j) sums[static_cast<size_t>(i * panel_columns + j)] = start(i, first + j);
    }
    accumulate_panel(sums.data(), rows.data(), depth, m, panel.data(), depth);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t j = 0; j < count; ++j) store(i, first + j, sums[static_cast<size_t>(i * panel_columns + j)]);
    }
  }
}

/// Float64 sums in double; integers wrap around.
template <class T>
T inner_product(int64_t depth, const Matrix<T>& a, const Matrix<T>& b, int64_t row, int64_t column) {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;
  Sum sum = 0;
  for (int64_t k = 0; k < depth; ++k) sum += static_cast<Sum>(a.at(row, k)) * static_cast<Sum>(b.at(k, column));
  return static_cast<T>(sum);
}

/// The operand c of a Gemm under the result's shape; all zero strides and a null pointer when it is absent.
template <class T>
Matrix<T> addend(const Evaluation& evaluation) {
  const TensorData* c = evaluation.optional_input(2);
  if (!c) return {nullptr, 0, 0};
  const std::vector<int64_t> strides = broadcast_strides(c->shape(), evaluation.output_shape());
  return {c->values<T>().data(), strides[0], strides[1]};
}

template <class Accumulator>
void run_gemm(const Evaluation& evaluation, const Gemm& op, int64_t depth, Matrix<float> a, Matrix<float> b,
              Result<float>& result) {
  const int64_t m = result.shape()[0];
  const int64_t n = result.shape()[1];
  const Matrix<float> c = addend<float>(evaluation);
  const auto alpha = static_cast<Accumulator>(op.alpha);
  const auto beta = static_cast<Accumulator>(op.beta);
  const EpilogueFunction finish(evaluation, op.epilogue);
  const auto scaled_addend = [&](int64_t i, int64_t j) {
    return c.data ? beta * static_cast<Accumulator>(c.at(i, j)) : Accumulator{0};
  };
  if (op.alpha == 1) {
    multiply<Accumulator>(m, n, depth, a, b, scaled_addend,
                          [&](int64_t i, int64_t j, Accumulator sum) { result[i * n + j] = finish(sum, i * n + j); });
  } else {
    multiply<Accumulator>(
        m, n, depth, a, b, [](int64_t, int64_t) { return Accumulator{0}; },
        [&](int64_t i, int64_t j, Accumulator sum) {
          const Accumulator product = alpha * sum;
          result[i * n + j] = finish(c.data ? product + scaled_addend(i, j) : product, i * n + j);
        });
  }
}

/// A transposed view exchanges the strides.
template <class T>
Matrix<T> matrix(const TensorData& data, bool transposed) {
  const int64_t columns = data.shape()[1];
  return {data.values<T>().data(), transposed ? 1 : columns, transposed ? columns : 1};
}

Results run(const Evaluation& evaluation, const Gemm& op) {
  const TensorData& a = evaluation.input(0);
  const TensorData& b = evaluation.input(1);
  const int64_t depth = a.shape()[op.trans_a ? 0 : 1];
  return visit_type(a.type(), [&]<class T>() -> Results {
    Result<T> result(evaluation.output_shape());
    if constexpr (std::is_same_v<T, float>) {
      if (evaluation.strict()) {
        run_gemm<float>(evaluation, op, depth, matrix<T>(a, op.trans_a), matrix<T>(b, op.trans_b), result);
      } else {
        run_gemm<double>(evaluation, op, depth, matrix<T>(a, op.trans_a), matrix<T>(b, op.trans_b), result);
      }
    } else {
      const Matrix<T> c = addend<T>(evaluation);
      for (int64_t i = 0, position = 0; i < result.shape()[0]; ++i) {
        for (int64_t j = 0; j < result.shape()[1]; ++j, ++position) {
          const T product = inner_product(depth, matrix<T>(a, op.trans_a), matrix<T>(b, op.trans_b), i, j);
          const double scaled = op.alpha * static_cast<double>(product);
          if (op.alpha == 1 && op.beta == 1 && !std::is_floating_point_v<T>) {
            result[position] =
                static_cast<T>(static_cast<uint64_t>(product) + (c.data ? static_cast<uint64_t>(c.at(i, j)) : 0));
          } else {
            const double sum = scaled + (c.data ? op.beta * static_cast<double>(c.at(i, j)) : 0);
            result[position] =
                std::is_floating_point_v<T> ? static_cast<T>(sum) : static_cast<T>(truncate_to<int64_t>(sum));
          }
        }
      }
    }
    return {result.take()};
  });
}

Results run(const Evaluation& evaluation, const MatMul&) {
  // NumPy: a vector is a row on the left and a column on the right; the result loses that axis again.
  const TensorData& a = evaluation.input(0);
  const TensorData& b = evaluation.input(1);
  std::vector<int64_t> a_extents = a.shape().extents();
  std::vector<int64_t> b_extents = b.shape().extents();
  if (a_extents.size() == 1) a_extents.insert(a_extents.begin(), 1);
  if (b_extents.size() == 1) b_extents.push_back(1);
  const int64_t m = a_extents[a_extents.size() - 2];
  const int64_t depth = a_extents.back();
  const int64_t n = b_extents.back();
  const Shape a_batch(std::vector<int64_t>(a_extents.begin(), a_extents.end() - 2));
  const Shape b_batch(std::vector<int64_t>(b_extents.begin(), b_extents.end() - 2));
  Shape batch;
  if (!broadcast_shapes(a_batch, b_batch, batch)) evaluation.fail("MatMul operands do not broadcast");
  return visit_type(a.type(), [&]<class T>() -> Results {
    Result<T> result(evaluation.output_shape());
    for_each_position<2>(batch, {broadcast_strides(a_batch, batch), broadcast_strides(b_batch, batch)},
                         [&](int64_t image, const std::array<int64_t, 2>& offsets) {
                           const Matrix<T> left{a.values<T>().data() + offsets[0] * m * depth, depth, 1};
                           const Matrix<T> right{b.values<T>().data() + offsets[1] * depth * n, n, 1};
                           T* y = result.data() + image * m * n;
                           if constexpr (std::is_same_v<T, float>) {
                             const auto start = [](int64_t, int64_t) { return 0.0f; };
                             const auto store = [&](int64_t i, int64_t j, auto sum) {
                               y[i * n + j] = static_cast<float>(sum);
                             };
                             if (evaluation.strict()) {
                               multiply<float>(m, n, depth, left, right, start, store);
                             } else {
                               multiply<double>(m, n, depth, left, right, start, store);
                             }
                           } else {
                             for (int64_t i = 0; i < m; ++i) {
                               for (int64_t j = 0; j < n; ++j) y[i * n + j] = inner_product(depth, left, right, i, j);
                             }
                           }
                         });
    return {result.take()};
  });
}

}  // namespace

OperatorFunctions product_functions() {
  static constexpr OperatorFunction rows[] = {row_of<Gemm, run>, row_of<MatMul, run>};
  return rows;
}

}  // namespace intaglio::interpreter
