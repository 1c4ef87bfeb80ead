// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ir/traffic.h"

namespace intaglio {

namespace {

int64_t view_bytes(const View& view) { return view.shape.elements() * static_cast<int64_t>(element_size(view.type)); }

}  // namespace

Traffic traffic(const Program& program, const Step& step) {
  Traffic result;
  const Accesses used = accesses(step);
  for (const View* view : used.reads) (view->buffer ? result.reads : result.weights) += view_bytes(*view);
  for (const View* view : used.writes) result.writes += view_bytes(*view);
  auto add = [&](WeightId id) {
    if (id) result.weights += program[id].data.byte_count();
  };
  std::visit(
      [&](const auto& kernel) {
        if constexpr (requires { kernel.weights; }) add(kernel.weights);
        if constexpr (
            requires { kernel.bias; } && !requires { kernel.running_mean; } && !requires { kernel.inverse_deviation; })
          add(kernel.bias);
      },
      step.kernel);
  return result;
}

}  // namespace intaglio
