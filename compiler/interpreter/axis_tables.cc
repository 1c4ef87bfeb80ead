// The copy behind axis_tables.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "interpreter/axis_tables.h"

#include "interpreter/evaluation.h"

namespace intaglio::interpreter {

TensorData copy_by_tables(const TensorData& x, const Shape& shape, const std::vector<AxisTable>& tables,
                          const TensorData* fill) {
  const std::vector<int64_t> strides = row_major_strides(x.shape());
  return visit_type(x.type(), [&]<class T>() {
    const T* source = x.values<T>().data();
    const T fill_value = fill ? fill->values<T>()[0] : T{};
    Result<T> result(shape);
    int64_t written = 0;
    // One axis per level; -1 as offset marks a position that an outer axis already placed outside.
    const auto copy = [&](const auto& self, size_t axis, int64_t offset) -> void {
      if (axis == shape.rank()) {
        result[written++] = offset < 0 ? fill_value : source[offset];
        return;
      }
      for (int64_t index : tables[axis])
        self(self, axis + 1, offset < 0 || index < 0 ? -1 : offset + index * strides[axis]);
    };
    copy(copy, 0, 0);
    return result.take();
  });
}

}  // namespace intaglio::interpreter
