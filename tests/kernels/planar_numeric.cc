// Planar softmax, normalisations, matrix products and interpolation against the interpreter's strict results.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/harness.h"
#include "kernels/naive_sums.h"

namespace intaglio::kernel_test {
namespace {

/// All inputs of a case in order, as operands of an operator.
std::vector<const TensorData*> operands(const std::vector<TensorData>& inputs) {
  std::vector<const TensorData*> result;
  for (const TensorData& input : inputs) result.push_back(&input);
  return result;
}

// ---- softmax

KernelCase softmax(bool log, int64_t outer, int64_t extent, int64_t inner, bool in_place = false,
                   SoftmaxForm form = SoftmaxForm::ordered, int64_t rows_together = 8) {
  const Shape shape{outer, extent, inner};
  KernelCase test(std::string(log ? "log " : "") + "softmax " + shape.text());
  const View x = test.input(shape);
  SoftmaxStep step{log, x, in_place ? test.output_in_place(x) : test.output(shape), outer, extent, inner};
  step.form = form, step.rows_together = rows_together;
  test.step(step);
  if (form != SoftmaxForm::ordered) test.numerics = Numerics::fast, test.tolerance = 1e-6f;
  test.reference = [=](const std::vector<TensorData>& inputs) {
    return std::vector<TensorData>{strict_result(Softmax{1, log}, operands(inputs), shape)};
  };
  return test;
}

TEST(PlanarNumeric, Softmax) {
  std::vector<KernelCase> cases;
  for (bool log : {false, true}) {
    for (int64_t extent : {1, 8, 13, 29}) cases.push_back(softmax(log, 3, extent, 1));
    cases.push_back(softmax(log, 2, 5, 11));
    cases.push_back(softmax(log, 2, 37, 16));
    cases.push_back(softmax(log, 3, 4, 3));
  }
  cases.push_back(softmax(false, 2, 21, 1, true));
  cases.push_back(softmax(false, 2, 9, 10, true));
  run(cases);
}

TEST(PlanarNumeric, SoftmaxOfStoredExponentials) {
  const SoftmaxForm stored = SoftmaxForm::stored, transposed = SoftmaxForm::transposed;
  std::vector<KernelCase> cases;
  for (bool log : {false, true}) {
    for (int64_t extent : {8, 13, 49, 96, 197}) cases.push_back(softmax(log, 11, extent, 1, false, stored));
    cases.push_back(softmax(log, 3, 100, 1, true, stored, 1));
    for (int64_t inner : {5, 11, 77}) cases.push_back(softmax(log, 2, 6, inner, false, stored));
    cases.push_back(softmax(log, 2, 1, 40, true, stored));
    for (int64_t extent : {8, 10, 16, 23}) cases.push_back(softmax(log, 19, extent, 1, false, transposed));
    cases.push_back(softmax(log, 16, 11, 1, true, transposed));
  }
  run(cases);
}

TEST(PlanarNumeric, SoftmaxOfExtremes) {
  std::vector<KernelCase> cases = {softmax(false, 6, 19, 1), softmax(false, 6, 19, 1, false, SoftmaxForm::stored),
                                   softmax(false, 8, 19, 1, false, SoftmaxForm::transposed)};
  for (KernelCase& test : cases)
    test.values = [](const View& view, uint32_t seed) {
      std::vector<float> values = random_floats(static_cast<size_t>(view.shape.elements()), seed);
      for (float& value : values) value *= 60.0f;
      values[20] = -std::numeric_limits<float>::infinity();
      values[40] = std::numeric_limits<float>::infinity();
      values[60] = std::numeric_limits<float>::quiet_NaN();
      return TensorData::of<float>(view.shape, values);
    };
  run(cases);
}

// ---- normalisation

KernelCase group_norm(int64_t outer, int64_t channels, int64_t inner, int64_t groups, bool in_place = false) {
  const Shape shape{outer, channels, inner};
  KernelCase test("group norm " + shape.text());
  NormalizeStep kernel;
  kernel.x = test.input(shape);
  kernel.scale = test.input({channels});
  kernel.bias = test.input({channels});
  kernel.y = in_place ? test.output_in_place(kernel.x) : test.output(shape);
  kernel.outer = outer, kernel.channels = channels, kernel.inner = inner, kernel.groups = groups;
  kernel.epsilon = 1e-3f;
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    return std::vector<TensorData>{strict_result(GroupNorm{groups, 1e-3f}, operands(inputs), shape)};
  };
  return test;
}

KernelCase layer_norm(int64_t outer, int64_t inner, bool scale, bool bias, bool statistics = false) {
  const Shape shape{outer, inner};
  KernelCase test("layer norm " + shape.text());
  NormalizeStep kernel;
  kernel.x = test.input(shape);
  if (scale) kernel.scale = test.input({inner});
  if (bias) kernel.bias = test.input({inner});
  kernel.y = test.output(shape);
  if (statistics) {
    kernel.mean = test.output({outer, 1});
    kernel.inverse_deviation = test.output({outer, 1});
  }
  kernel.outer = outer, kernel.inner = inner, kernel.per_element = true;
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    const TensorData* scale_data = scale ? &inputs[1] : nullptr;
    const TensorData* bias_data = bias ? &inputs.back() : nullptr;
    std::vector<TensorData> results{strict_result(LayerNorm{1, 1e-5f}, {&inputs[0], scale_data, bias_data}, shape)};
    if (statistics) {
      std::vector<float> means, inverses;
      for (int64_t row = 0; row < outer; ++row) {
        const float* first = inputs[0].values<float>().data() + row * inner;
        const std::vector<float> elements(first, first + inner);
        means.push_back(mean(elements));
        inverses.push_back(1.0f / std::sqrt(variance(elements, means.back()) + 1e-5f));
      }
      results.push_back(TensorData::of<float>({outer, 1}, means));
      results.push_back(TensorData::of<float>({outer, 1}, inverses));
    }
    return results;
  };
  return test;
}

TEST(PlanarNumeric, Normalize) {
  run({group_norm(2, 6, 5, 3), group_norm(1, 6, 16, 6), group_norm(3, 4, 9, 1), group_norm(2, 4, 1, 2),
       group_norm(2, 3, 20, 3, true), layer_norm(3, 40, true, true), layer_norm(4, 13, true, true, true),
       layer_norm(2, 7, false, true), layer_norm(2, 8, true, false), layer_norm(2, 19, false, false)});
}

KernelCase batch_norm(int64_t outer, int64_t channels, int64_t inner, bool outputs) {
  const Shape shape{outer, channels, inner};
  KernelCase test("batch norm " + shape.text());
  BatchStatisticsStep kernel;
  kernel.x = test.input(shape);
  kernel.scale = test.input({channels});
  kernel.bias = test.input({channels});
  kernel.running_mean = test.input({channels});
  kernel.running_variance = test.input({channels});
  kernel.y = test.output(shape);
  if (outputs) {
    kernel.mean_output = test.output({channels});
    kernel.variance_output = test.output({channels});
  }
  kernel.outer = outer, kernel.channels = channels, kernel.inner = inner, kernel.momentum = 0.7f;
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<TensorData> results{strict_result(BatchNorm{1e-5f, true, 0.7f}, operands(inputs), shape)};
    if (outputs) {
      std::vector<float> means, variances;
      for (int64_t c = 0; c < channels; ++c) {
        std::vector<float> elements;
        for (int64_t n = 0; n < outer; ++n) {
          const float* first = inputs[0].values<float>().data() + (n * channels + c) * inner;
          elements.insert(elements.end(), first, first + inner);
        }
        const auto channel = static_cast<size_t>(c);
        const float batch_mean = mean(elements), rest = 1.0f - 0.7f;
        means.push_back(std::fmaf(inputs[3].values<float>()[channel], 0.7f, batch_mean * rest));
        variances.push_back(std::fmaf(inputs[4].values<float>()[channel], 0.7f, variance(elements, batch_mean) * rest));
      }
      results.push_back(TensorData::of<float>({channels}, means));
      results.push_back(TensorData::of<float>({channels}, variances));
    }
    return results;
  };
  return test;
}

TEST(PlanarNumeric, BatchStatistics) {
  run({batch_norm(2, 3, 25, true), batch_norm(5, 4, 1, true), batch_norm(1, 3, 16, true), batch_norm(3, 2, 7, false)});
}

// ---- products

KernelCase gemm(int64_t m, int64_t k, int64_t n, bool trans_a, bool trans_b, const Shape* c_shape = nullptr,
                float alpha = 1, float beta = 1, Unary activation = {}) {
  const Shape a_shape = trans_a ? Shape{k, m} : Shape{m, k}, b_shape = trans_b ? Shape{n, k} : Shape{k, n},
              y_shape{m, n};
  KernelCase test("gemm " + a_shape.text() + " " + b_shape.text());
  MatMulStep kernel;
  kernel.a = test.input(a_shape);
  kernel.b = test.input(b_shape);
  if (c_shape) {
    kernel.c = test.input(*c_shape);
    const int64_t columns = c_shape->rank() == 0 ? 1 : (*c_shape)[c_shape->rank() - 1],
                  rows = c_shape->rank() < 2 ? 1 : (*c_shape)[0];
    kernel.c_row = rows == 1 ? 0 : columns;
    kernel.c_column = columns == 1 ? 0 : 1;
  }
  kernel.y = test.output(y_shape);
  kernel.m = m, kernel.n = n, kernel.k = k;
  kernel.a_row = trans_a ? 1 : k, kernel.a_column = trans_a ? m : 1;
  kernel.b_row = trans_b ? 1 : n, kernel.b_column = trans_b ? k : 1;
  kernel.alpha = alpha, kernel.beta = beta;
  kernel.epilogue.activation = activation;
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    Gemm op{trans_a, trans_b, alpha, beta, {}};
    op.epilogue.activation = activation;
    return std::vector<TensorData>{strict_result(op, operands(inputs), y_shape)};
  };
  return test;
}

KernelCase matmul(const Shape& a_shape, const Shape& b_shape, const Shape& y_shape, std::vector<int64_t> batch,
                  std::vector<int64_t> a_strides, std::vector<int64_t> b_strides) {
  KernelCase test("matmul " + a_shape.text() + " " + b_shape.text());
  MatMulStep kernel;
  kernel.a = test.input(a_shape);
  kernel.b = test.input(b_shape);
  kernel.y = test.output(y_shape);
  kernel.m = a_shape.rank() == 1 ? 1 : a_shape[a_shape.rank() - 2];
  kernel.k = a_shape[a_shape.rank() - 1];
  kernel.n = b_shape.rank() == 1 ? 1 : b_shape[b_shape.rank() - 1];
  kernel.a_row = kernel.k, kernel.a_column = 1, kernel.b_row = kernel.n, kernel.b_column = 1;
  kernel.batch_extents = std::move(batch), kernel.a_strides = std::move(a_strides),
  kernel.b_strides = std::move(b_strides);
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    return std::vector<TensorData>{strict_result(MatMul{}, operands(inputs), y_shape)};
  };
  return test;
}

TEST(PlanarNumeric, Gemm) {
  std::vector<KernelCase> cases;
  for (bool trans_a : {false, true}) {
    for (bool trans_b : {false, true}) {
      cases.push_back(gemm(6, 10, 33, trans_a, trans_b));
      cases.push_back(gemm(5, 19, 11, trans_a, trans_b));
      cases.push_back(gemm(3, 7, 5, trans_a, trans_b));
      cases.push_back(gemm(37, 12, 1, trans_a, trans_b));
    }
    cases.push_back(gemm(1, 21, 77, false, trans_a));
    cases.push_back(gemm(4, 8, 16, false, trans_a));
  }
  cases.push_back(gemm(1, 9, 1, false, false));
  cases.push_back(gemm(9, 1, 9, false, true));
  run(cases);
}

TEST(PlanarNumeric, GemmWithAddend) {
  std::vector<KernelCase> cases;
  for (const Shape& c : {Shape{5, 18}, Shape{18}, Shape{5, 1}, Shape{}}) {
    cases.push_back(gemm(5, 6, 18, false, true, &c));
    cases.push_back(gemm(5, 6, 18, false, false, &c, 0.3f, 0.7f));
  }
  const Shape row{5}, column{9, 1};
  cases.push_back(gemm(3, 6, 5, false, false, &row, 1, 0.7f, {UnaryKind::relu}));
  cases.push_back(gemm(3, 6, 5, false, true, &row, 1, 0.7f));
  cases.push_back(gemm(9, 6, 1, true, false, &column, 1, 0.7f));
  cases.push_back(gemm(3, 6, 5, true, false, nullptr, 0.7f, 1, {UnaryKind::leaky_relu, 0.1f}));
  run(cases);
}

TEST(PlanarNumeric, MatMul) {
  run({matmul({5, 7}, {7, 9}, {5, 9}, {}, {}, {}), matmul({7}, {7, 9}, {9}, {}, {}, {}),
       matmul({5, 7}, {7}, {5}, {}, {}, {}), matmul({7}, {7}, {}, {}, {}, {}),
       matmul({2, 3, 4, 6}, {2, 3, 6, 10}, {2, 3, 4, 10}, {2, 3}, {72, 24}, {180, 60}),
       matmul({2, 1, 4, 6}, {3, 6, 10}, {2, 3, 4, 10}, {2, 3}, {24, 0}, {0, 60}),
       matmul({3, 4, 6}, {6}, {3, 4}, {3}, {24}, {0})});
}

// ---- interpolation

KernelCase interpolate(int64_t outer, int64_t in, int64_t out, int64_t inner, int64_t taps) {
  const Shape x_shape{outer, in, inner}, y_shape{outer, out, inner};
  KernelCase test("interpolate " + x_shape.text() + " " + std::to_string(taps));
  std::vector<int32_t> indices;
  for (int64_t i = 0; i < out * taps; ++i) indices.push_back(static_cast<int32_t>((i * 5 + i / 3) % in));
  const std::vector<float> weights = random_floats(static_cast<size_t>(out * taps), 99);
  InterpolateStep kernel{test.input(x_shape), test.output(y_shape), outer, in, out, inner, taps, {}, {}};
  kernel.indices = test.weight(TensorData::of<int32_t>({out, taps}, indices));
  kernel.coefficients = test.weight(weights);
  test.step(kernel);
  test.reference = [=](const std::vector<TensorData>& inputs) {
    std::vector<float> y;
    for (int64_t i = 0; i < outer; ++i) {
      for (int64_t o = 0; o < out; ++o) {
        for (int64_t j = 0; j < inner; ++j) {
          auto element = [&](int64_t tap) {
            const int64_t row = indices[static_cast<size_t>(o * taps + tap)];
            return inputs[0].values<float>()[static_cast<size_t>((i * in + row) * inner + j)];
          };
          float sum = weights[static_cast<size_t>(o * taps)] * element(0);
          for (int64_t tap = 1; tap < taps; ++tap)
            sum = std::fmaf(weights[static_cast<size_t>(o * taps + tap)], element(tap), sum);
          y.push_back(sum);
        }
      }
    }
    return std::vector<TensorData>{TensorData::of<float>(y_shape, y)};
  };
  return test;
}

TEST(PlanarNumeric, Interpolate) {
  run({interpolate(3, 5, 11, 1, 2), interpolate(2, 9, 8, 1, 4), interpolate(2, 4, 7, 13, 2),
       interpolate(1, 6, 3, 16, 4), interpolate(2, 3, 5, 3, 2), interpolate(2, 12, 3, 1, 7),
       interpolate(4, 1, 3, 1, 2)});
}

}  // namespace
}  // namespace intaglio::kernel_test
