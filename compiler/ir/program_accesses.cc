// What a step reads, writes and may overwrite, for memory planning, verification and printing.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <utility>

#include "ir/program.h"
#include "ir/step_operands.h"

namespace intaglio {

namespace {

bool same_place(const View& a, const View& b) {
  return a.offset == b.offset && a.layout == b.layout && a.batch == b.batch && a.height == b.height &&
         a.width == b.width && a.image_stride == b.image_stride && a.block_stride == b.block_stride &&
         a.row_stride == b.row_stride && a.pixel_stride == b.pixel_stride && a.segments == b.segments &&
         element_size(a.type) == element_size(b.type);
}

/// Tensors without elements take none, unless there are blocks whose rows are all border.
bool takes_memory(const View& view) {
  return view.shape.elements() > 0 || (view.blocked() && view.batch * view.blocks() > 0);
}

struct Collector {
  Accesses result;

  void reads(const auto&... views) { (add(result.reads, views), ...); }
  void writes(const auto&... views) { (add(result.writes, views), ...); }
  void weights(auto... ids) { (add(ids), ...); }
  void scratch(BufferId id) { result.scratch.push_back(id); }
  void in_place(const View& x, const View& y) {
    if (x.buffer && takes_memory(y) && same_place(x, y)) result.in_place.push_back(&x);
  }
  void in_place(const std::optional<View>& x, const View& y) {
    if (x) in_place(*x, y);
  }

 private:
  static void add(std::vector<const View*>& list, const View& view) {
    if (takes_memory(view)) list.push_back(&view);
  }
  static void add(std::vector<const View*>& list, const std::optional<View>& view) {
    if (view) add(list, *view);
  }
  void add(WeightId id) {
    if (id) result.weights.push_back(id);
  }
};

/// What the step also reads in another way must stay: a convolution that adds its own input, a tensor times one of its
/// own channels.
Accesses read_once_in_place(Accesses all) {
  const std::vector<const View*> candidates = std::exchange(all.in_place, {});
  for (const View* candidate : candidates) {
    const bool read_once = std::ranges::all_of(all.reads, [&](const View* view) {
      return view->buffer != candidate->buffer || std::ranges::find(candidates, view) != candidates.end();
    });
    if (read_once) all.in_place.push_back(candidate);
  }
  return all;
}

void collect(Collector& collector, const Kernel& kernel) {
  std::visit([&](const auto& step) { operands::visit(collector, step); }, kernel);
}

}  // namespace

Accesses accesses(const Kernel& kernel) {
  Collector collector;
  collect(collector, kernel);
  return read_once_in_place(std::move(collector.result));
}

int64_t total_macs(const Program& program) {
  int64_t macs = 0;
  for (const Step& step : program.steps) macs += step.macs;
  return macs;
}

Accesses accesses(const Step& step) {
  if (step.parts.empty()) return accesses(step.kernel);
  Collector collector;
  for (const Kernel& part : step.parts) collect(collector, part);
  return read_once_in_place(std::move(collector.result));
}

std::string_view kernel_name(const Kernel& kernel) {
  return std::visit([]<class Kind>(const Kind&) { return Kind::name; }, kernel);
}

}  // namespace intaglio
