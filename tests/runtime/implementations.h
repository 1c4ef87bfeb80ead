// The implementations that a test can compare on this machine.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "vocabulary.h"

namespace intaglio_test {

struct Implementation {
  const char* name;
  const char* header;  ///< the vocabulary it is expected to be
  const Vocabulary& (*vocabulary)();
  bool runs_here;  ///< the processor has its instructions

  /// The function of that name; fails the test when there is none.
  const Function& function(const std::string& name) const;
  /// The one of fast_math.h.
  const Function& fast_function(const std::string& name) const;
};

const std::vector<Implementation>& implementations();
/// The plain C++ one: the definition.
const Implementation& scalar();
/// The fastest one that runs here.
const Implementation& fastest();

/// Zeros, ones, integers, halves, limits, subnormals, infinities and NaN.
const std::vector<float>& special_values();

/// A small generator with the same numbers everywhere.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint32_t bits() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state_ >> 32);
  }
  /// Any bit pattern.
  float any();
  /// Magnitudes between 2^-20 and 2^20.
  float moderate();

 private:
  uint64_t state_;
};

/// Whether the contract test knows what one lane of the function is, bit for bit.
bool has_reference(const std::string& name);

/// Equal bits, or both NaN.
bool same(float a, float b);

}  // namespace intaglio_test
