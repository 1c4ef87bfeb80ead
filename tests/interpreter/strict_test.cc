// Strict numerics bit for bit against the definitions of docs/numerics.md, spelled out naively on logical indices.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <vector>

#include "interpreter/interpreter.h"
#include "ir/text.h"

namespace intaglio {
namespace {

/// Values whose sums depend on the order.
std::vector<float> random_floats(size_t count, uint64_t seed) {
  std::vector<float> values(count);
  for (float& value : values) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<double>(seed >> 40) * 0x1p-23 - 1);
  }
  return values;
}

TensorData strict(const std::string& text, std::vector<TensorData> inputs) {
  return interpret(parse_graph(text), inputs, Numerics::strict)[0];
}

void expect_bits(const TensorData& actual, const std::vector<float>& expected) {
  ASSERT_EQ(static_cast<size_t>(actual.elements()), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(std::bit_cast<uint32_t>(actual.values<float>()[i]), std::bit_cast<uint32_t>(expected[i]))
        << "element " << i;
  }
}

/// 16 partial sums and the fixed tree.
float ordered_sum(size_t count, const std::function<float(float, size_t)>& add) {
  float p[16] = {};
  for (size_t i = 0; i < count; ++i) p[i % 16] = add(p[i % 16], i);
  for (int half : {8, 4, 2, 1}) {
    for (int i = 0; i < half; ++i) p[i] += p[i + half];
  }
  return p[0];
}

TEST(Strict, Conv) {
  // 11 channels: a full group of eight and a rest; stride, dilation and padding on one side.
  const std::vector<float> x = random_floats(2 * 11 * 5 * 6, 1), w = random_floats(2 * 11 * 3 * 2, 2),
                           bias = {0.25f, -0.0f};
  const TensorData y = strict(
      "graph g\n"
      "input x: float32 2x11x5x6\ninput w: float32 2x11x3x2\ninput b: float32 2\ninput r: float32 2x2x3x5\n"
      "y = conv(x, w, b, r) {kernel 3x2, strides 2x1, dilations 1x2, pads 1x0 1x1, activation relu, residual, "
      "final_activation clip -0.5 6} : float32 2x2x3x5\noutput y\n",
      {TensorData::of<float>({2, 11, 5, 6}, x), TensorData::of<float>({2, 11, 3, 2}, w),
       TensorData::of<float>({2}, bias), TensorData::of<float>({2, 2, 3, 5}, random_floats(60, 3))});
  const std::vector<float> residual = random_floats(60, 3);
  std::vector<float> expected;
  for (int n = 0; n < 2; ++n) {
    for (int m = 0; m < 2; ++m) {
      for (int oy = 0; oy < 3; ++oy) {
        for (int ox = 0; ox < 5; ++ox) {
          float sum = bias[static_cast<size_t>(m)];
          for (int first = 0; first < 11; first += 8) {
            for (int ky = 0; ky < 3; ++ky) {
              for (int kx = 0; kx < 2; ++kx) {
                for (int c = first; c < std::min(11, first + 8); ++c) {
                  const int iy = oy * 2 - 1 + ky, ix = ox + kx * 2;
                  const bool inside = iy >= 0 && iy < 5 && ix < 6;
                  const float value = inside ? x[static_cast<size_t>(((n * 11 + c) * 5 + iy) * 6 + ix)] : 0.0f;
                  sum = std::fmaf(value, w[static_cast<size_t>(((m * 11 + c) * 3 + ky) * 2 + kx)], sum);
                }
              }
            }
          }
          const float activated = sum > 0 ? sum : 0.0f;
          expected.push_back(std::min(std::max(activated + residual[expected.size()], -0.5f), 6.0f));
        }
      }
    }
  }
  expect_bits(y, expected);
}

TEST(Strict, ConvTranspose) {
  // 9 channels; stride 2 with kernel 3: phases of one and two taps; negative end pad is output padding.
  const std::vector<float> x = random_floats(9 * 4, 4), w = random_floats(9 * 2 * 3, 5);
  const TensorData y = strict(
      "graph g\ninput x: float32 1x9x4\ninput w: float32 9x2x3\n"
      "y = conv_transpose(x, w) {kernel 3, strides 2, pads 1 -1} : float32 1x2x9\noutput y\n",
      {TensorData::of<float>({1, 9, 4}, x), TensorData::of<float>({9, 2, 3}, w)});
  std::vector<float> expected;
  for (int m = 0; m < 2; ++m) {
    for (int o = 0; o < 9; ++o) {
      float sum = 0;
      for (int first = 0; first < 9; first += 8) {
        for (int k = 0; k < 3; ++k) {
          if ((o + 1 - k) % 2 != 0) continue;
          const int i = (o + 1 - k) / 2;
          for (int c = first; c < std::min(9, first + 8); ++c) {
            const float value = i >= 0 && i < 4 ? x[static_cast<size_t>(c * 4 + i)] : 0.0f;
            sum = std::fmaf(value, w[static_cast<size_t>((c * 2 + m) * 3 + k)], sum);
          }
        }
      }
      expected.push_back(sum);
    }
  }
  expect_bits(y, expected);
}

TEST(Strict, Gemm) {
  const std::vector<float> a = random_floats(3 * 13, 6), b = random_floats(9 * 13, 7), c = random_floats(9, 8);
  const std::vector<TensorData> inputs = {TensorData::of<float>({3, 13}, a), TensorData::of<float>({9, 13}, b),
                                          TensorData::of<float>({9}, c)};
  for (const float alpha : {1.0f, 0.3f}) {
    std::string attributes = "trans_b, beta 0.7";
    if (alpha != 1) attributes += ", alpha 0.3";
    const TensorData y =
        strict("graph g\ninput a: float32 3x13\ninput b: float32 9x13\ninput c: float32 9\ny = gemm(a, b, c) {" +
                   attributes + "} : float32 3x9\noutput y\n",
               inputs);
    std::vector<float> expected;
    for (size_t i = 0; i < 3; ++i) {
      for (size_t j = 0; j < 9; ++j) {
        const float scaled = 0.7f * c[j];
        float sum = alpha == 1 ? scaled : 0.0f;
        for (size_t k = 0; k < 13; ++k) sum = std::fmaf(a[i * 13 + k], b[j * 13 + k], sum);
        const float product = alpha * sum;
        expected.push_back(alpha == 1 ? sum : product + scaled);
      }
    }
    expect_bits(y, expected);
  }
}

TEST(Strict, ReduceSumsInSixteenParts) {
  const std::vector<float> x = random_floats(3 * 37, 9);
  const TensorData input = TensorData::of<float>({3, 37}, x);
  const std::string head = "graph g\ninput x: float32 3x37\ny = ";
  const std::string tail = "(x) {axes 1, keep_dims false} : float32 3\noutput y\n";
  std::vector<float> mean, l1, l2, prod;
  for (size_t row = 0; row < 3; ++row) {
    const auto at = [&](size_t i) { return x[row * 37 + i]; };
    mean.push_back(ordered_sum(37, [&](float p, size_t i) { return p + at(i); }) / 37);
    l1.push_back(ordered_sum(37, [&](float p, size_t i) { return p + std::fabs(at(i)); }));
    l2.push_back(std::sqrt(ordered_sum(37, [&](float p, size_t i) { return std::fmaf(at(i), at(i), p); })));
    float product = 1;
    for (size_t i = 0; i < 37; ++i) product *= at(i);
    prod.push_back(product);
  }
  expect_bits(strict(head + "reduce_mean" + tail, {input}), mean);
  expect_bits(strict(head + "reduce_l1" + tail, {input}), l1);
  expect_bits(strict(head + "reduce_l2" + tail, {input}), l2);
  expect_bits(strict(head + "reduce_prod" + tail, {input}), prod);
}

TEST(Strict, LayerNorm) {
  const std::vector<float> x = random_floats(2 * 21, 10), scale = random_floats(21, 11), bias = random_floats(21, 12);
  const TensorData y = strict(
      "graph g\ninput x: float32 2x21\ninput s: float32 21\ninput b: float32 21\n"
      "y = layer_norm(x, s, b) {axis 1, epsilon 0.01} : float32 2x21\noutput y\n",
      {TensorData::of<float>({2, 21}, x), TensorData::of<float>({21}, scale), TensorData::of<float>({21}, bias)});
  std::vector<float> expected;
  for (size_t row = 0; row < 2; ++row) {
    const float mean = ordered_sum(21, [&](float p, size_t i) { return p + x[row * 21 + i]; }) / 21;
    const float variance = ordered_sum(21,
                                       [&](float p, size_t i) {
                                         const float d = x[row * 21 + i] - mean;
                                         return std::fmaf(d, d, p);
                                       }) /
                           21;
    const float inverse = 1 / std::sqrt(variance + 0.01f);
    for (size_t i = 0; i < 21; ++i) expected.push_back(std::fmaf(x[row * 21 + i] - mean, inverse * scale[i], bias[i]));
  }
  expect_bits(y, expected);
}

TEST(Strict, BatchNorm) {
  const std::vector<float> x = random_floats(2 * 3 * 4, 13);
  const std::vector<float> s = random_floats(3, 14), b = random_floats(3, 15), m = random_floats(3, 16),
                           v = {0.3f, 1.7f, 0.1f};
  const auto channel = [](const std::vector<float>& values) { return TensorData::of<float>({3}, values); };
  const TensorData y = strict(
      "graph g\ninput x: float32 2x3x4\ninput s: float32 3\ninput b: float32 3\ninput m: float32 3\ninput v: float32 "
      "3\n"
      "y = batch_norm(x, s, b, m, v) {epsilon 0.001} : float32 2x3x4\noutput y\n",
      {TensorData::of<float>({2, 3, 4}, x), channel(s), channel(b), channel(m), channel(v)});
  std::vector<float> expected;
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t c = i / 4 % 3;
    const float a = s[c] / std::sqrt(v[c] + 0.001f);
    expected.push_back(std::fmaf(x[i], a, std::fmaf(-m[c], a, b[c])));
  }
  expect_bits(y, expected);
}

TEST(Strict, AverageAndLpPool) {
  const std::vector<float> x = random_floats(7, 17);
  const TensorData input = TensorData::of<float>({1, 1, 7}, x);
  std::vector<float> average, lp;
  for (size_t o = 0; o < 5; ++o) {
    average.push_back(((x[o] + x[o + 1]) + x[o + 2]) / 3);
    lp.push_back(std::sqrt(std::fmaf(x[o + 2], x[o + 2], std::fmaf(x[o + 1], x[o + 1], x[o] * x[o]))));
  }
  const std::string head = "graph g\ninput x: float32 1x1x7\ny = ";
  expect_bits(strict(head + "average_pool(x) {kernel 3} : float32 1x1x5\noutput y\n", {input}), average);
  expect_bits(strict(head + "lp_pool(x) {kernel 3} : float32 1x1x5\noutput y\n", {input}), lp);
}

TEST(Strict, ResizeLinearGoesFromTheLastAxisToTheFirst) {
  const std::vector<float> x = random_floats(4, 18);
  const TensorData y = strict(
      "graph g\ninput x: float32 1x1x2x2\n"
      "y = resize(x) {mode linear, coordinates align_corners, scales 1 1 1.5 2} : float32 1x1x3x4\noutput y\n",
      {TensorData::of<float>({1, 1, 2, 2}, x)});
  std::vector<float> expected;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      const double position = j / 3.0;  // align_corners: j (in - 1) / (out - 1)
      const auto base = static_cast<int>(std::floor(position));
      const auto near = static_cast<float>(1 - (position - base)), far = static_cast<float>(1 - (base + 1 - position));
      const auto across = [&](int row) {
        const float* values = x.data() + row * 2;
        return std::fmaf(far, values[std::min(base + 1, 1)], near * values[base]);
      };
      const float upper = across(i == 2 ? 1 : 0), lower = across(1);
      const float weight = i == 1 ? 0.5f : 1.0f;
      expected.push_back(std::fmaf(1 - weight, lower, weight * upper));
    }
  }
  expect_bits(y, expected);
}

}  // namespace
}  // namespace intaglio
