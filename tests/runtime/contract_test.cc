// The vocabulary's contract, run on every implementation: plain expectations for each function, then equality with
// simd_scalar.h on special values and random bit patterns.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

#include "implementations.h"

namespace intaglio_test {
namespace {

using Eight = std::array<float, 8>;
using Reference = std::function<float(float, float, float)>;

int32_t bits(float x) { return std::bit_cast<int32_t>(x); }
float from_bits(uint32_t x) { return std::bit_cast<float>(x); }
uint32_t unsigned_bits(float x) { return std::bit_cast<uint32_t>(x); }
float nan_aware(float a, float b, float otherwise) { return std::isnan(a) || std::isnan(b) ? NAN : otherwise; }

/// slope x + 1/2 between 0 and 1.
float cut_line(float slope, float x) {
  const float line = std::fma(slope, x, 0.5f);
  return std::isnan(line) ? line : line > 1 ? 1.0f : line > 0 ? line : 0.0f;
}

/// What one lane of a vocabulary function is.
const std::map<std::string, Reference>& lane_references() {
  static const std::map<std::string, Reference> references = {
      {"load", [](float a, float, float) { return a; }},
      {"zero", [](float, float, float) { return 0.0f; }},
      {"add", [](float a, float b, float) { return a + b; }},
      {"sub", [](float a, float b, float) { return a - b; }},
      {"mul", [](float a, float b, float) { return a * b; }},
      {"div", [](float a, float b, float) { return a / b; }},
      {"fma", [](float a, float b, float c) { return std::fma(a, b, c); }},
      {"accumulate_fused", [](float a, float b, float c) { return std::fma(a, b, c); }},
      {"fnma", [](float a, float b, float c) { return std::fma(-a, b, c); }},
      {"rounded_mul_add", [](float a, float b, float c) { return a * b + c; }},
      {"max", [](float a, float b, float) { return a > b ? a : b; }},
      {"min", [](float a, float b, float) { return a < b ? a : b; }},
      {"max_nan", [](float a, float b, float) { return nan_aware(a, b, a > b ? a : b); }},
      {"min_nan", [](float a, float b, float) { return nan_aware(a, b, a < b ? a : b); }},
      {"sqrt", [](float a, float, float) { return std::sqrt(a); }},
      {"neg", [](float a, float, float) { return from_bits(unsigned_bits(a) ^ 0x80000000u); }},
      {"abs", [](float a, float, float) { return std::fabs(a); }},
      {"copysign", [](float a, float b, float) { return std::copysign(a, b); }},
      {"floor", [](float a, float, float) { return std::floor(a); }},
      {"ceil", [](float a, float, float) { return std::ceil(a); }},
      {"trunc", [](float a, float, float) { return std::trunc(a); }},
      {"round_even", [](float a, float, float) { return std::nearbyint(a); }},
      {"lt", [](float a, float b, float) { return a < b ? 1.0f : 0.0f; }},
      {"le", [](float a, float b, float) { return a <= b ? 1.0f : 0.0f; }},
      {"gt", [](float a, float b, float) { return a > b ? 1.0f : 0.0f; }},
      {"ge", [](float a, float b, float) { return a >= b ? 1.0f : 0.0f; }},
      {"eq", [](float a, float b, float) { return a == b ? 1.0f : 0.0f; }},
      {"mask_and", [](float a, float b, float c) { return a < b && b < c ? 1.0f : 0.0f; }},
      {"mask_or", [](float a, float b, float c) { return a < b || b < c ? 1.0f : 0.0f; }},
      {"mask_not", [](float a, float b, float) { return a < b ? 0.0f : 1.0f; }},
      {"select", [](float a, float b, float c) { return a < b ? b : c; }},
      {"integer_splat", [](float, float, float) { return std::bit_cast<float>(int32_t{-5}); }},
      {"integer_add", [](float a, float b, float) { return from_bits(unsigned_bits(a) + unsigned_bits(b)); }},
      {"integer_sub", [](float a, float b, float) { return from_bits(unsigned_bits(a) - unsigned_bits(b)); }},
      {"integer_and", [](float a, float b, float) { return from_bits(unsigned_bits(a) & unsigned_bits(b)); }},
      {"integer_or", [](float a, float b, float) { return from_bits(unsigned_bits(a) | unsigned_bits(b)); }},
      {"shift_left", [](float a, float, float) { return from_bits(unsigned_bits(a) << 23); }},
      {"shift_right", [](float a, float, float) { return std::bit_cast<float>(bits(a) >> 23); }},
      {"integer_lt", [](float a, float b, float) { return bits(a) < bits(b) ? 1.0f : 0.0f; }},
      {"integer_select", [](float a, float b, float c) { return a < b ? b : c; }},
      {"to_integer",
       [](float a, float, float) {
         return std::bit_cast<float>(std::fabs(a) < 2147483648.0f ? static_cast<int32_t>(a) : int32_t{0});
       }},
      {"from_integer", [](float a, float, float) { return static_cast<float>(bits(a)); }},
      {"identity", [](float a, float, float) { return a; }},
      {"round", [](float a, float, float) { return std::nearbyint(a); }},
      {"relu", [](float a, float, float) { return 0.0f > a ? 0.0f : a; }},
      {"reciprocal", [](float a, float, float) { return 1.0f / a; }},
      {"sign", [](float a, float, float) { return std::isnan(a) ? a
                                                  : a > 0       ? 1.0f
                                                  : a < 0       ? -1.0f
                                                                : 0.0f; }},
      {"logical_not", [](float a, float, float) { return a == 0 ? 1.0f : 0.0f; }},
      {"clip", [](float a, float, float) { return a < -1.5f  ? -1.5f
                                                  : a > 6.0f ? 6.0f
                                                             : a; }},
      {"leaky_relu", [](float a, float, float) { return a < 0 ? 0.01f * a : a; }},
      {"leaky_relu_add", [](float a, float b, float) { return (a < 0 ? 0.01f * a : a) + b; }},
      {"prelu", [](float a, float b, float) { return a < 0 ? a * b : a; }},
      {"thresholded_relu", [](float a, float, float) { return a > 0.5f ? a : 0.0f; }},
      {"softsign", [](float a, float, float) { return a / (1.0f + std::fabs(a)); }},
      {"hard_sigmoid", [](float a, float, float) { return cut_line(0.2f, a); }},
      {"hard_swish", [](float a, float, float) { return a * cut_line(1.0f / 6.0f, a); }},
  };
  return references;
}

/// Calls `check(a, b, c)` with eight lanes each: all combinations of special values for that many operands, then random
/// ones.
void for_each_operands(int operands, const std::function<void(const Eight&, const Eight&, const Eight&)>& check) {
  const std::vector<float>& special = special_values();
  Random random(7);
  Eight a, b, c;
  size_t lane = 0;
  auto push = [&](float x, float y, float z) {
    a[lane] = x, b[lane] = y, c[lane] = z;
    if (++lane == 8) {
      lane = 0;
      check(a, b, c);
    }
  };
  for (const float x : special) {
    if (operands < 2) push(x, 1.0f, 2.0f);
    for (size_t i = 0; operands > 1 && i < special.size(); ++i) {
      if (operands == 2) push(x, special[i], 2.0f);
      for (size_t k = 0; operands > 2 && k < special.size(); ++k) push(x, special[i], special[k]);
    }
  }
  for (int i = 0; i < 20000; ++i) push(random.any(), random.any(), random.any());
  for (int i = 0; i < 20000; ++i) push(random.moderate(), random.moderate(), random.moderate());
  // Sums that nearly cancel and results near the subnormal range: where a wrong rounding of fma shows.
  for (int i = 0; i < 20000; ++i) {
    const float x = random.moderate(), y = random.moderate();
    push(x, y, -x * y * (1 + static_cast<float>(random.bits() % 5) * 0x1p-24f));
    push(x * 0x1p-60f, y * 0x1p-68f, random.moderate() * 0x1p-126f);
    push(std::ldexp(x, -static_cast<int>(random.bits() % 80)), y, random.moderate());
  }
  while (lane != 0) push(1.0f, 2.0f, 3.0f);
}

class Contract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (!GetParam().runs_here) GTEST_SKIP() << "this processor lacks the instructions of " << GetParam().name;
  }
  const Vocabulary& vocabulary() const { return GetParam().vocabulary(); }
};

TEST_P(Contract, IsTheHeaderItIsMeantToBe) { EXPECT_STREQ(vocabulary().vocabulary, GetParam().header); }

TEST_P(Contract, MultiplyAddRoundsOnceOrTwice) {
  for (const char* name : {"multiply_add", "accumulate"}) {
    const Function& function = GetParam().function(name);
    int failures = 0;
    for_each_operands(3, [&](const Eight& a, const Eight& b, const Eight& c) {
      Eight y;
      function.apply(a.data(), b.data(), c.data(), y.data());
      for (size_t i = 0; i < 8; ++i) {
        const float fused = std::fma(a[i], b[i], c[i]), rounded_twice = a[i] * b[i] + c[i];
        if (!same(y[i], fused) && !same(y[i], rounded_twice) && ++failures <= 3) {
          ADD_FAILURE() << name << "(" << a[i] << ", " << b[i] << ", " << c[i] << ") = " << y[i] << ", expected "
                        << fused << " or " << rounded_twice;
        }
      }
    });
  }
}

TEST_P(Contract, LanesAreWhatTheirNameSays) {
  for (const auto& [name, reference] : lane_references()) {
    const Function& function = GetParam().function(name);
    int failures = 0;
    for_each_operands(function.operands, [&](const Eight& a, const Eight& b, const Eight& c) {
      Eight y;
      function.apply(a.data(), b.data(), c.data(), y.data());
      for (size_t i = 0; i < 8; ++i) {
        const float expected = reference(a[i], b[i], c[i]);
        if (!same(y[i], expected) && ++failures <= 3) {
          ADD_FAILURE() << name << "(" << a[i] << ", " << b[i] << ", " << c[i] << ") = " << y[i] << ", expected "
                        << expected;
        }
      }
    });
  }
}

TEST_P(Contract, AllFunctionsGiveTheBitsOfTheScalarOnes) {
  const Vocabulary& table = vocabulary();
  ASSERT_EQ(table.function_count, scalar().vocabulary().function_count);
  for (size_t f = 0; f < table.function_count; ++f) {
    const Function &function = table.functions[f], &definition = scalar().vocabulary().functions[f];
    ASSERT_STREQ(function.name, definition.name);
    const std::string_view name = function.name;
    if (name == "multiply_add" || name == "accumulate") continue;  // either rounding: MultiplyAddRoundsOnceOrTwice
    int failures = 0;
    for_each_operands(function.operands, [&](const Eight& a, const Eight& b, const Eight& c) {
      Eight y, expected;
      function.apply(a.data(), b.data(), c.data(), y.data());
      definition.apply(a.data(), b.data(), c.data(), expected.data());
      for (size_t i = 0; i < 8; ++i) {
        if (!same(y[i], expected[i]) && ++failures <= 3) {
          ADD_FAILURE() << function.name << "(" << a[i] << ", " << b[i] << ", " << c[i] << ") = " << y[i]
                        << ", expected " << expected[i];
        }
      }
    });
  }
}

TEST_P(Contract, PartialLoadsAndStoresTouchOnlyTheirLanes) {
  for (ptrdiff_t n = 0; n <= 8; ++n) {
    // Exactly n floats on the heap, so that an address sanitizer sees any access beyond them.
    std::vector<float> exact(static_cast<size_t>(n), 3.0f);
    Eight y;
    y.fill(-1);
    vocabulary().load_partial(exact.data(), n, y.data());
    for (ptrdiff_t i = 0; i < 8; ++i)
      EXPECT_TRUE(same(y[static_cast<size_t>(i)], i < n ? 3.0f : 0.0f)) << n << " " << i;

    std::array<float, 12> memory;
    memory.fill(7);
    const Eight values = {1, 2, 3, 4, 5, 6, 7, 8};
    vocabulary().store_partial(memory.data() + 1, values.data(), n);
    for (ptrdiff_t i = 0; i < 12; ++i) {
      const float expected = i >= 1 && i <= n ? static_cast<float>(i) : 7.0f;
      EXPECT_EQ(memory[static_cast<size_t>(i)], expected) << n << " " << i;
    }
  }
}

TEST_P(Contract, SplatsAndGathers) {
  std::vector<float> memory(100);
  for (size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<float>(i);
  Eight y;
  for (const char* name : {"splat", "splat_load"}) {
    GetParam().function(name).apply(memory.data(), memory.data(), memory.data(), y.data());
    for (const float value : y) EXPECT_EQ(value, 1);
  }
  for (const ptrdiff_t stride : {0, 1, 3, 12, -2}) {
    vocabulary().gather(memory.data() + 14, stride, y.data());
    for (ptrdiff_t i = 0; i < 8; ++i) EXPECT_EQ(y[static_cast<size_t>(i)], static_cast<float>(14 + i * stride));
  }
  const std::array<int32_t, 8> offsets = {5, 0, 99, 7, 7, 1, 50, 98};
  vocabulary().gather_offsets(memory.data(), offsets.data(), y.data());
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(y[i], static_cast<float>(offsets[i]));
}

TEST_P(Contract, SpreadsAndTransposes) {
  const Eight v = {0, 1, 2, 3, 4, 5, 6, 7};
  for (size_t lane = 0; lane < 4; ++lane) {
    Eight y;
    GetParam().function("spread4_" + std::to_string(lane)).apply(v.data(), v.data(), v.data(), y.data());
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(y[i], v[i / 4 * 4 + lane]);
    if (lane >= 2) continue;
    GetParam().function("spread2_" + std::to_string(lane)).apply(v.data(), v.data(), v.data(), y.data());
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(y[i], v[i / 2 * 2 + lane]);
  }
  const ptrdiff_t source_stride = 11, destination_stride = 9;
  std::vector<float> source(8 * source_stride), destination(8 * destination_stride, -1);
  for (size_t i = 0; i < source.size(); ++i) source[i] = static_cast<float>(i);
  vocabulary().transpose_store(destination.data(), destination_stride, source.data(), source_stride);
  for (ptrdiff_t row = 0; row < 8; ++row) {
    for (ptrdiff_t column = 0; column < destination_stride; ++column) {
      const float expected = column < 8 ? source[static_cast<size_t>(column * source_stride + row)] : -1;
      EXPECT_EQ(destination[static_cast<size_t>(row * destination_stride + column)], expected) << row << " " << column;
    }
  }
}

TEST_P(Contract, HorizontalReductionsUseTheFixedTree) {
  Random random(3);
  for (int repeat = 0; repeat < 20000; ++repeat) {
    Eight v;
    for (float& x : v) x = repeat % 2 ? random.moderate() : special_values()[random.bits() % special_values().size()];
    Eight sum = v, largest = v, smallest = v;
    for (size_t distance : {4, 2, 1}) {
      for (size_t i = 0; i < distance; ++i) {
        sum[i] += sum[i + distance];
        largest[i] = lane_references().at("max_nan")(largest[i], largest[i + distance], 0);
        smallest[i] = lane_references().at("min_nan")(smallest[i], smallest[i + distance], 0);
      }
    }
    ASSERT_PRED2(same, vocabulary().horizontal_sum(v.data()), sum[0]);
    ASSERT_PRED2(same, vocabulary().horizontal_max(v.data()), largest[0]);
    ASSERT_PRED2(same, vocabulary().horizontal_min(v.data()), smallest[0]);
  }
}

INSTANTIATE_TEST_SUITE_P(Implementations, Contract, testing::ValuesIn(implementations()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace

bool has_reference(const std::string& name) { return lane_references().contains(name); }

}  // namespace intaglio_test
