// The table of element types: rows are found by each of their names, and visit_type calls with the row's C++ type.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/element_type.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ir/fill.h"
#include "ir/tensor.h"
#include "ir/text.h"

namespace intaglio {
namespace {

TEST(ElementTypes, AreFoundByEveryNameOfTheirs) {
  for (const ElementTypeInfo& row : element_types) {
    EXPECT_EQ(&element_type_info(row.type), &row);
    EXPECT_EQ(find_element_type(&ElementTypeInfo::name, row.name), row.type);
    EXPECT_EQ(find_element_type(&ElementTypeInfo::onnx_code, row.onnx_code), row.type);
    EXPECT_EQ(find_element_type(&ElementTypeInfo::npy, row.npy), row.type);
    EXPECT_EQ(row.npy.back() - '0', static_cast<int>(row.size)) << row.npy;
  }
  EXPECT_EQ(find_element_type(&ElementTypeInfo::name, "string"), std::nullopt);
  EXPECT_EQ(find_element_type(&ElementTypeInfo::onnx_code, 0), std::nullopt);
}

TEST(ElementTypes, AreVisitedByTheirOwnCppType) {
  for (const ElementTypeInfo& row : element_types) {
    SCOPED_TRACE(row.name);
    visit_type(row.type, [&]<class T>() {
      EXPECT_EQ(element_type_of<T>, row.type);
      EXPECT_EQ(sizeof(T), row.size);
      EXPECT_EQ(std::is_floating_point_v<T>, is_real(row.type));
      EXPECT_EQ((std::is_integral_v<T> && !std::is_same_v<T, bool>), is_integer(row.type));
      EXPECT_EQ(std::is_signed_v<T>, row.kind == ElementKind::real || row.kind == ElementKind::signed_integer);
    });
  }
}

/// What every type must survive without a line of its own anywhere: data, its text, and a seeded fill.
TEST(ElementTypes, AreHeldPrintedAndParsedAlike) {
  for (const ElementTypeInfo& row : element_types) {
    SCOPED_TRACE(row.name);
    visit_type(row.type, [&]<class T>() {
      const TensorData data = TensorData::of(Shape{2}, std::vector<T>{T{1}, T{0}});
      EXPECT_EQ(data.bytes().size(), 2 * row.size);
      EXPECT_EQ(data.as_double(), (std::vector<double>{1, 0}));
      if (!is_real(row.type)) {
        EXPECT_EQ(data.as_int64(), (std::vector<int64_t>{1, 0}));
      }
      const std::string text = "graph g\nconstant c: " + std::string(row.name) + " 2 = [1, 0]\noutput c\n";
      EXPECT_EQ(print(parse_graph(text)), text);
    });
    const TensorData random = seeded_fill(row.type, Shape{100}, 0x123456789abcdef0u);
    EXPECT_EQ(random.type(), row.type);
    EXPECT_EQ(seed_of(random), 0x123456789abcdef0u);
  }
}

}  // namespace
}  // namespace intaglio
