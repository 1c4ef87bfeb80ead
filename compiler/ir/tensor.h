// Shapes and constant data: the vocabulary of values shared by Graph, Program and interpreter.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/element_type.h"

namespace intaglio {

/// Extents of a tensor, outermost first. Rank 0 is a scalar with one element; extents may be zero.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<int64_t> extents) : extents_(extents) {}
  explicit Shape(std::vector<int64_t> extents) : extents_(std::move(extents)) {}

  size_t rank() const { return extents_.size(); }
  int64_t operator[](size_t axis) const { return extents_[axis]; }
  int64_t& operator[](size_t axis) { return extents_[axis]; }
  int64_t elements() const;  ///< product of the extents; 1 for rank 0
  const std::vector<int64_t>& extents() const { return extents_; }
  auto begin() const { return extents_.begin(); }
  auto end() const { return extents_.end(); }
  bool operator==(const Shape&) const = default;
  std::string text() const;  ///< "1x3x224x224"; "scalar" for rank 0

 private:
  std::vector<int64_t> extents_;
};

/// Row-major strides in elements.
std::vector<int64_t> row_major_strides(const Shape& shape);

/// NumPy / ONNX multidirectional broadcasting; returns false when the shapes do not broadcast.
bool broadcast_shapes(const Shape& a, const Shape& b, Shape& result);

/// Immutable dense data in row-major (plain ONNX) order; copies share the bytes.
class TensorData {
 public:
  TensorData() = default;
  /// Takes `bytes` over; their count must be element_size(type) * shape.elements().
  TensorData(ElementType type, Shape shape, std::vector<std::byte> bytes);
  /// Refers to `bytes`, as many and aligned for any element type, that `owner` keeps alive and unchanged.
  TensorData(ElementType type, Shape shape, std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

  template <class T>
  static TensorData of(Shape shape, std::span<const T> values) {
    auto bytes = std::as_bytes(values);
    return TensorData(element_type_of<T>, std::move(shape), std::vector<std::byte>(bytes.begin(), bytes.end()));
  }
  template <class T>
  static TensorData of(Shape shape, const std::vector<T>& values) {
    if constexpr (std::is_same_v<T, bool>) {  // a vector of bits
      std::vector<std::byte> bytes(values.size());
      std::ranges::transform(values, bytes.begin(), [](bool value) { return std::byte{value}; });
      return TensorData(ElementType::boolean, std::move(shape), std::move(bytes));
    } else {
      return of<T>(std::move(shape), std::span<const T>(values));
    }
  }
  /// Takes `values` over.
  template <class T>
  static TensorData of(Shape shape, std::vector<T>&& values) {
    if constexpr (std::is_same_v<T, bool>) {
      return of<T>(std::move(shape), std::as_const(values));
    } else {
      const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
      return TensorData(element_type_of<T>, std::move(shape), std::as_bytes(std::span<const T>(*owner)), owner);
    }
  }
  template <class T>
  static TensorData scalar(T value) {
    return of<T>(Shape{}, std::span<const T>(&value, 1));
  }

  ElementType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t elements() const { return shape_.elements(); }
  std::span<const std::byte> bytes() const { return bytes_; }
  /// The elements; T must be the C++ type of type().
  template <class T>
  std::span<const T> values() const {
    check_type(element_type_of<T>);
    return {reinterpret_cast<const T*>(bytes().data()), static_cast<size_t>(elements())};
  }
  /// Same bytes under another shape of as many elements.
  TensorData reshaped(Shape shape) const;
  /// Elements of any integer type, or booleans, as int64.
  std::vector<int64_t> as_int64() const;
  /// Elements of any type converted to double.
  std::vector<double> as_double() const;

 private:
  void check_type(ElementType expected) const;

  ElementType type_ = ElementType::float32;
  Shape shape_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;  ///< of the bytes
};

}  // namespace intaglio
