// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/fill.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

namespace intaglio {

namespace {

constexpr int64_t seed_bits = 64;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Generator {
  uint64_t state;
  uint64_t next() {
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
};

template <class T>
T element(uint64_t random, bool bit) {
  if constexpr (std::is_floating_point_v<T>) {
    const T magnitude = static_cast<T>((random >> 44) + 1) / static_cast<T>((1 << 20) + 1);
    return bit ? -magnitude : magnitude;
  } else if constexpr (std::is_same_v<T, bool>) {
    return bit;
  } else {
    return static_cast<T>((random >> 58) * 2 + bit);
  }
}

template <class T>
bool bit_of(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::signbit(value);
  } else {
    return (value & 1) != 0;
  }
}

template <class T>
TensorData fill(const Shape& shape, uint64_t seed) {
  Generator generator{seed};
  std::vector<T> values(static_cast<size_t>(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) {
    const uint64_t random = generator.next();
    const bool bit = i < seed_bits ? (seed >> i) & 1 : random & 1;
    values[i] = element<T>(random, bit);
  }
  return TensorData::of(shape, std::move(values));
}

template <class T>
uint64_t embedded_seed(const TensorData& data) {
  uint64_t seed = 0;
  const auto values = data.values<T>();
  for (size_t i = 0; i < seed_bits; ++i) seed |= uint64_t{bit_of(values[i])} << i;
  return seed;
}

}  // namespace

TensorData seeded_fill(ElementType type, const Shape& shape, uint64_t seed) {
  return visit_type(type, [&]<class T>() { return fill<T>(shape, seed); });
}

std::optional<uint64_t> seed_of(const TensorData& data) {
  if (data.elements() < seed_bits) return std::nullopt;
  const uint64_t seed = visit_type(data.type(), [&]<class T>() { return embedded_seed<T>(data); });
  const TensorData candidate = seeded_fill(data.type(), data.shape(), seed);
  if (!std::ranges::equal(candidate.bytes(), data.bytes())) return std::nullopt;
  return seed;
}

}  // namespace intaglio
