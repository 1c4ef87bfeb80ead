// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/tensor_proto.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "frontend/external_data.h"
#include "support/error.h"

namespace intaglio::frontend {

namespace {

constexpr std::array<std::string_view, 27> data_type_names = {
    "undefined", "float32",    "uint8",      "int8",         "uint16",         "int16",      "int32",
    "int64",     "string",     "bool",       "float16",      "float64",        "uint32",     "uint64",
    "complex64", "complex128", "bfloat16",   "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz",
    "uint4",     "int4",       "float4e2m1", "float8e8m0",   "uint2",          "int2"};

using Bytes = std::vector<std::byte>;

/// Elements of a typed field as T.
template <class T, class Field>
Bytes from_field(const Field& field, int64_t elements) {
  if (field.size() != elements) {
    fail({}, fmt::format("holds {} elements where its shape needs {}", field.size(), elements), "the file is damaged");
  }
  Bytes bytes(static_cast<size_t>(elements) * sizeof(T));
  for (int i = 0; i < field.size(); ++i) {
    const T value = static_cast<T>(field[i]);
    std::memcpy(bytes.data() + static_cast<size_t>(i) * sizeof(T), &value, sizeof(T));
  }
  return bytes;
}

Bytes from_typed_fields(const onnx::TensorProto& proto, ElementType type, int64_t elements) {
  return visit_type(type, [&]<class T>() {
    if constexpr (std::is_same_v<T, float>)
      return from_field<T>(proto.float_data(), elements);
    else if constexpr (std::is_same_v<T, double>)
      return from_field<T>(proto.double_data(), elements);
    else if constexpr (std::is_same_v<T, int64_t>)
      return from_field<T>(proto.int64_data(), elements);
    else if constexpr (std::is_unsigned_v<T> && sizeof(T) >= sizeof(uint32_t))
      return from_field<T>(proto.uint64_data(), elements);
    else {
      static_assert(std::is_integral_v<T>, "which field of TensorProto holds this type?");
      return from_field<T>(proto.int32_data(), elements);
    }
  });
}

/// The bytes of raw_data, which stay where they are.
TensorData take_raw(onnx::TensorProto& proto, ElementType type, Shape shape, size_t expected) {
  if (proto.raw_data().size() != expected) {
    fail({}, fmt::format("holds {} bytes where its type and shape need {}", proto.raw_data().size(), expected),
         "the file is damaged");
  }
  const std::shared_ptr<const std::string> raw(proto.release_raw_data());
  const auto bytes = std::as_bytes(std::span<const char>(*raw));
  const bool aligned = reinterpret_cast<uintptr_t>(raw->data()) % alignof(int64_t) == 0;  // a short one may not be
  if (aligned) return TensorData(type, std::move(shape), bytes, raw);
  return TensorData(type, std::move(shape), Bytes(bytes.begin(), bytes.end()));
}

/// Two fields with data contradict each other, or waste what one of them says.
void expect_one_data_field(const onnx::TensorProto& proto) {
  std::vector<std::string_view> fields;
  auto note = [&](std::string_view name, bool present) {
    if (present) fields.push_back(name);
  };
  note("external data", proto.data_location() == onnx::TensorProto::EXTERNAL);
  note("raw_data", proto.has_raw_data());
  note("float_data", proto.float_data_size() > 0);
  note("double_data", proto.double_data_size() > 0);
  note("int32_data", proto.int32_data_size() > 0);
  note("int64_data", proto.int64_data_size() > 0);
  note("uint64_data", proto.uint64_data_size() > 0);
  note("string_data", proto.string_data_size() > 0);
  if (fields.size() < 2) return;
  fail({}, fmt::format("has more than one data field: {}", fmt::join(fields, ", ")),
       "which of them counts is not defined: export the model again");
}

/// Gives the memory of the converted data back; Clear() would keep the capacity.
void release_data(onnx::TensorProto& proto) {
  onnx::TensorProto empty;
  proto.Swap(&empty);
}

}  // namespace

std::optional<ElementType> element_type(int32_t data_type) {
  return find_element_type(&ElementTypeInfo::onnx_code, data_type);
}

std::string data_type_name(int32_t data_type) {
  if (data_type >= 0 && static_cast<size_t>(data_type) < data_type_names.size()) {
    return std::string(data_type_names[static_cast<size_t>(data_type)]);
  }
  return fmt::format("element type {}", data_type);
}

ElementType supported_type(int32_t data_type) {
  if (const auto type = element_type(data_type)) return *type;
  fail({}, data_type_name(data_type) + " data is not supported",
       "Intaglio computes in float32, with int64, int32 and bool for shapes, indices and masks");
}

std::optional<int64_t> checked_elements(const std::vector<int64_t>& extents) {
  // A zero extent makes the product zero, but the others must still multiply without overflow.
  int64_t product = 1;
  bool empty = false;
  for (int64_t extent : extents) {
    if (extent < 0 || extent > most_elements) return std::nullopt;
    empty = empty || extent == 0;
    product *= extent == 0 ? 1 : extent;
    if (product > most_elements) return std::nullopt;
  }
  return empty ? 0 : product;
}

void check_extents(const std::vector<int64_t>& extents) {
  for (int64_t extent : extents) {
    if (extent < 0) fail({}, fmt::format("has a negative extent ({})", Shape(extents).text()));
  }
  if (!checked_elements(extents)) {
    fail({}, fmt::format("has more than 2^31 elements ({})", Shape(extents).text()));
  }
}

TensorData take_tensor(onnx::TensorProto& proto, const std::filesystem::path& model_file) {
  const ElementType type = supported_type(proto.data_type());
  if (proto.has_segment()) fail({}, "is stored in segments, which is not supported");
  Shape shape(std::vector<int64_t>(proto.dims().begin(), proto.dims().end()));
  check_extents(shape.extents());
  expect_one_data_field(proto);
  const size_t expected = static_cast<size_t>(shape.elements()) * element_size(type);

  Bytes bytes;
  if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
    bytes = read_external_data(proto, model_file, expected);
  } else if (proto.has_raw_data()) {
    TensorData raw = take_raw(proto, type, shape, expected);
    release_data(proto);
    if (type != ElementType::boolean) return raw;
    bytes.assign(raw.bytes().begin(), raw.bytes().end());
  } else {
    bytes = from_typed_fields(proto, type, shape.elements());
  }
  release_data(proto);
  if (type == ElementType::boolean) {
    for (std::byte& value : bytes) value = value == std::byte{0} ? std::byte{0} : std::byte{1};
  }
  return TensorData(type, std::move(shape), std::move(bytes));
}

}  // namespace intaglio::frontend
