// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "implementations.h"

#include <bit>
#include <cfloat>
#include <cmath>
#include <stdexcept>

namespace intaglio_test {

const Vocabulary& scalar_vocabulary();
const Vocabulary& portable_vocabulary();
#ifdef INTAGLIO_TEST_X86
const Vocabulary& avx2_vocabulary();
const Vocabulary& avx512_vocabulary();
const Vocabulary& scalar_generic_vocabulary();
const Vocabulary& portable_generic_vocabulary();
const Vocabulary& scalar_fma_vocabulary();
const Vocabulary& portable_fma_vocabulary();
#endif

const Function& Implementation::function(const std::string& wanted) const {
  const Vocabulary& table = vocabulary();
  for (size_t i = 0; i < table.function_count; ++i) {
    if (table.functions[i].name == wanted) return table.functions[i];
  }
  throw std::out_of_range("no function " + wanted + " in " + name);
}

const Function& Implementation::fast_function(const std::string& wanted) const {
  const Vocabulary& table = vocabulary();
  for (size_t i = 0; i < table.fast_function_count; ++i) {
    if (table.fast_functions[i].name == wanted) return table.fast_functions[i];
  }
  throw std::out_of_range("no fast function " + wanted + " in " + name);
}

const std::vector<Implementation>& implementations() {
  static const std::vector<Implementation> all = {
      {"scalar", "scalar", scalar_vocabulary, true},
      {"portable", "portable", portable_vocabulary, true},
#ifdef INTAGLIO_TEST_X86
      {"avx2", "avx2", avx2_vocabulary, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
      {"avx512", "avx2", avx512_vocabulary,
       __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")},
      {"scalar_generic", "scalar", scalar_generic_vocabulary, true},
      {"portable_generic", "portable", portable_generic_vocabulary, true},
      {"scalar_fma", "scalar", scalar_fma_vocabulary, __builtin_cpu_supports("fma") != 0},
      {"portable_fma", "portable", portable_fma_vocabulary, __builtin_cpu_supports("fma") != 0},
#endif
  };
  return all;
}

const Implementation& scalar() { return implementations()[0]; }
const Implementation& fastest() {
  const std::vector<Implementation>& all = implementations();
  return all.size() > 2 && all[2].runs_here ? all[2] : all[1];
}

const std::vector<float>& special_values() {
  static const std::vector<float> values = [] {
    std::vector<float> all;
    const float magnitudes[] = {
        0.0f,       1.4e-45f,    1e-40f,     FLT_MIN,    2.9e-8f,     3.1e-8f,     1e-4f,         0.25f,
        1.0f / 3,   0.49999997f, 0.5f,       0.875f,     0.99999994f, 1.0f,        1.0000001f,    1.5f,
        2.0f,       2.5f,        3.0f,       3.5f,       6.0f,        10.0f,       13.0f,         20.0f,
        88.0f,      88.722839f,  88.72284f,  87.33654f,  87.336548f,  103.0f,      127.0f,        128.0f,
        4194303.5f, 8388607.5f,  8388608.0f, 8388609.0f, 16777215.0f, 16777216.0f, 2147483520.0f, 2147483648.0f,
        1e10f,      1e19f,       1e30f,      FLT_MAX,    INFINITY,    NAN};
    for (const float magnitude : magnitudes) {
      all.push_back(magnitude);
      all.push_back(-magnitude);
    }
    return all;
  }();
  return values;
}

float Random::any() { return std::bit_cast<float>(bits()); }
float Random::moderate() { return std::bit_cast<float>((bits() & 0x807fffffu) | ((107 + bits() % 41) << 23)); }

bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

}  // namespace intaglio_test
