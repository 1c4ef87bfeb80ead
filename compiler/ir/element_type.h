// The element types of tensors, as one table: whatever differs from type to type is read from it, or written once for
// all types behind visit_type. A new type is an enumerator and a row; what cannot compute with it refuses it by name.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "support/error.h"

namespace intaglio {

/// float64 exists for constants that exporters compute with; it never reaches generated code.
enum class ElementType : uint8_t { float32, float64, int64, int32, boolean };

enum class ElementKind : uint8_t { real, signed_integer, unsigned_integer, boolean };

/// What there is to know of one element type.
struct ElementTypeInfo {
  ElementType type;
  std::string_view name;    ///< in IR text, manifests and messages
  size_t size;              ///< bytes
  std::string_view c_type;  ///< in generated code
  int onnx_code;            ///< onnx.TensorProto.DataType
  std::string_view npy;     ///< descr of a little-endian .npy file
  ElementKind kind;
};

/// A row, and the C++ type that holds an element in the compiler.
template <class T>
struct ElementTypeRow : ElementTypeInfo {
  using Value = T;
};

/// The table, in the order of the enumerators.
inline constexpr std::tuple element_type_rows = {
    ElementTypeRow<float>{{ElementType::float32, "float32", 4, "float", 1, "<f4", ElementKind::real}},
    ElementTypeRow<double>{{ElementType::float64, "float64", 8, "double", 11, "<f8", ElementKind::real}},
    ElementTypeRow<int64_t>{{ElementType::int64, "int64", 8, "int64_t", 7, "<i8", ElementKind::signed_integer}},
    ElementTypeRow<int32_t>{{ElementType::int32, "int32", 4, "int32_t", 6, "<i4", ElementKind::signed_integer}},
    ElementTypeRow<bool>{{ElementType::boolean, "bool", 1, "uint8_t", 9, "|b1", ElementKind::boolean}}};

/// The rows without their C++ types, to be iterated.
inline constexpr std::array element_types = std::apply(
    [](const auto&... row) { return std::array{static_cast<const ElementTypeInfo&>(row)...}; }, element_type_rows);

constexpr const ElementTypeInfo& element_type_info(ElementType type) {
  return element_types[static_cast<size_t>(type)];
}
constexpr size_t element_size(ElementType type) { return element_type_info(type).size; }
constexpr std::string_view element_type_name(ElementType type) { return element_type_info(type).name; }
constexpr bool is_real(ElementType type) { return element_type_info(type).kind == ElementKind::real; }
/// Signed or unsigned; booleans are no integers.
constexpr bool is_integer(ElementType type) {
  return element_type_info(type).kind == ElementKind::signed_integer ||
         element_type_info(type).kind == ElementKind::unsigned_integer;
}

/// The type whose row says `value` in `field`: find_element_type(&ElementTypeInfo::name, "int64").
template <class Field>
constexpr std::optional<ElementType> find_element_type(Field ElementTypeInfo::*field,
                                                       const std::type_identity_t<Field>& value) {
  for (const ElementTypeInfo& row : element_types) {
    if (row.*field == value) return row.type;
  }
  return std::nullopt;
}

/// The names of all types, for messages: "float32, float64, int64, int32 or bool".
std::string element_type_names();

/// Calls function.operator()<T>() with the C++ type of `type`, so that a lambda is written once for all types.
template <size_t Row = 0, class Function>
decltype(auto) visit_type(ElementType type, Function&& function) {
  using Value = typename std::tuple_element_t<Row, std::remove_const_t<decltype(element_type_rows)>>::Value;
  if constexpr (Row + 1 < element_types.size()) {
    if (element_types[Row].type != type) return visit_type<Row + 1>(type, function);
  }
  if (element_types[Row].type != type) internal_error("an element type without a row");
  return function.template operator()<Value>();
}

namespace element_type_detail {
template <class T, class... Values>
constexpr size_t row_of(const std::tuple<ElementTypeRow<Values>...>&) {
  static_assert((std::is_same_v<T, Values> + ...) == 1, "the C++ type of exactly one element type");
  size_t row = 0;
  ((std::is_same_v<T, Values> || (++row, false)) || ...);
  return row;
}

template <class... Values>
constexpr bool is_consistent(const std::tuple<ElementTypeRow<Values>...>& rows) {
  for (size_t row = 0; row < element_types.size(); ++row) {
    if (static_cast<size_t>(element_types[row].type) != row) return false;
  }
  return ((std::get<ElementTypeRow<Values>>(rows).size == sizeof(Values)) && ...);
}
static_assert(is_consistent(element_type_rows),
              "rows stand in the order of the enumerators, with their C++ type's size");
}  // namespace element_type_detail

/// C++ type -> ElementType.
template <class T>
inline constexpr ElementType element_type_of = element_types[element_type_detail::row_of<T>(element_type_rows)].type;

}  // namespace intaglio
