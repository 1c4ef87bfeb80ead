// Deterministic contents for tensors, from a seed:
// stand-ins for weights that IR text names only by hash, and test inputs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>

#include "ir/tensor.h"

namespace intaglio {

/// Values that depend on type, shape and seed alone: floats in (-1, 1) and never zero, integers in 0..127, booleans.
/// Element i < 64 carries bit i of the seed in its sign (floats) or lowest bit (others),
/// which lets seed_of find it again.
TensorData seeded_fill(ElementType type, const Shape& shape, uint64_t seed);

/// The seed with which seeded_fill made `data`; nullopt when it did not, or when there are fewer than 64 elements.
std::optional<uint64_t> seed_of(const TensorData& data);

}  // namespace intaglio
