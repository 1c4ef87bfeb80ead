// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/traffic.h"

namespace intaglio {

namespace {

int64_t view_bytes(const View& view) { return view.shape.elements() * static_cast<int64_t>(element_size(view.type)); }

}  // namespace

Traffic traffic(const Program& program, const Kernel& kernel) {
  Traffic result;
  const Accesses used = accesses(kernel);
  for (const View* view : used.reads) (view->buffer ? result.reads : result.weights) += view_bytes(*view);
  for (const View* view : used.writes) result.writes += view_bytes(*view);
  for (WeightId weight : used.weights) result.weights += program[weight].data.byte_count();
  return result;
}

}  // namespace intaglio
