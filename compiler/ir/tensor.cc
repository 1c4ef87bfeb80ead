// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/tensor.h"

#include <algorithm>
#include <type_traits>

namespace intaglio {

int64_t Shape::elements() const {
  int64_t product = 1;
  for (int64_t extent : extents_) product *= extent;
  return product;
}

std::string Shape::text() const {
  if (extents_.empty()) return "scalar";
  std::string text;
  for (int64_t extent : extents_) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text;
}

std::vector<int64_t> row_major_strides(const Shape& shape) {
  std::vector<int64_t> strides(shape.rank(), 1);
  for (size_t axis = shape.rank(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

bool broadcast_shapes(const Shape& a, const Shape& b, Shape& result) {
  const size_t rank = std::max(a.rank(), b.rank());
  std::vector<int64_t> extents(rank, 1);
  for (size_t axis = 0; axis < rank; ++axis) {
    const size_t from_end = rank - axis;
    const int64_t left = from_end <= a.rank() ? a[a.rank() - from_end] : 1;
    const int64_t right = from_end <= b.rank() ? b[b.rank() - from_end] : 1;
    if (left != right && left != 1 && right != 1) return false;
    extents[axis] = left == 1 ? right : left;
  }
  result = Shape(std::move(extents));
  return true;
}

TensorData::TensorData(ElementType type, Shape shape, std::vector<std::byte> bytes)
    : type_(type), shape_(std::move(shape)) {
  const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  *this = TensorData(type_, std::move(shape_), *owner, owner);
}

TensorData::TensorData(ElementType type, Shape shape, std::span<const std::byte> bytes,
                       std::shared_ptr<const void> owner)
    : type_(type), shape_(std::move(shape)), bytes_(bytes), owner_(std::move(owner)) {
  require(bytes_.size() == element_size(type_) * static_cast<size_t>(shape_.elements()),
          "constant data does not have as many bytes as its shape asks for");
}

TensorData TensorData::reshaped(Shape shape) const {
  require(shape.elements() == elements(), "reshaped data must keep its number of elements");
  TensorData result = *this;
  result.shape_ = std::move(shape);
  return result;
}

std::vector<int64_t> TensorData::as_int64() const {
  return visit_type(type_, [&]<class T>() -> std::vector<int64_t> {
    if constexpr (std::is_integral_v<T>) return {values<T>().begin(), values<T>().end()};
    internal_error("integer data expected");
  });
}

std::vector<double> TensorData::as_double() const {
  return visit_type(type_, [&]<class T>() { return std::vector<double>(values<T>().begin(), values<T>().end()); });
}

void TensorData::check_type(ElementType expected) const {
  require(type_ == expected, "constant data read as another element type");
}

}  // namespace intaglio
