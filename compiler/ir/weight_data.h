// Constant data of a Program that is made when it is asked for. A network's packed weights are as large as the network,
// or larger; made one at a time while they are written, they never lie in memory all at once, next to the constants
// that they are made of.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <functional>
#include <utility>

#include "ir/tensor.h"

namespace intaglio {

/// Type and shape are known; the bytes are there already, or are made, anew each time, by a function without side
/// effects: always the same ones. Copies are cheap.
class WeightData {
 public:
  WeightData() = default;
  /// Data that is there already.
  WeightData(TensorData data) : type_(data.type()), shape_(data.shape()), held_(std::move(data)) {}
  /// `make` owns all that it reads (tensors share their bytes) and must give data of this type and shape.
  WeightData(ElementType type, Shape shape, std::function<TensorData()> make)
      : type_(type), shape_(std::move(shape)), make_(std::move(make)) {}

  ElementType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  int64_t byte_count() const { return elements() * static_cast<int64_t>(element_size(type_)); }

  /// The data. Made anew where it is not held: keep the result no longer than it is needed.
  TensorData get() const;

 private:
  ElementType type_ = ElementType::float32;
  Shape shape_ = {0};
  TensorData held_;
  std::function<TensorData()> make_;
};

}  // namespace intaglio
