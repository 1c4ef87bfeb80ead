// Functions of normally distributed values: what mean and variance they have, and what they leave of an error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include "ir/operators.h"

namespace intaglio::lowering {

constexpr double least_variance = 1e-20;

struct Transformed {
  double mean, variance;
  double third = 0;  ///< the third central moment
  double gain = 1;   ///< mean square of the slope, by which the variance of an error grows
};
/// f of a value with these moments, which is normally distributed but for its skew (Edgeworth's first term); functions
/// that no convolution is followed by count as the identity.
Transformed transform(const Unary& f, double mean, double variance, double third);

/// The largest of `count` independent values with mean 0 and variance 1.
Transformed largest_of(int64_t count);

}  // namespace intaglio::lowering
