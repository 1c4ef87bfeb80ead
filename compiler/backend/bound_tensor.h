// An input that --bind made a constant, as the manifest records it: enough to bind it again.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>

#include "ir/tensor.h"

namespace intaglio {

struct BoundTensor {
  /// Of the elements, in bytes; larger tensors are recorded by hash and file.
  static constexpr size_t largest_recorded = 4096;

  std::string input;
  ElementType type = ElementType::float32;
  Shape shape;
  std::string hash;  ///< of the elements' bytes: little-endian, row-major
  std::string data;  ///< these bytes, two hexadecimal digits each
  std::string file;  ///< of a larger tensor: its .npy, seen from the generated folder
  bool operator==(const BoundTensor&) const = default;
};

}  // namespace intaglio
