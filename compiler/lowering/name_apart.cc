// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/name_apart.h"

#include <fmt/format.h>

#include "support/identifier.h"
#include "support/names_apart.h"

namespace intaglio::lowering {

void name_apart(Program& program) {
  // Inputs and outputs, in their order, are what the interface calls them.
  std::set<std::string> taken_buffers, taken_weights;
  for (Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::input && buffer.kind != BufferKind::output) continue;
    const std::string wanted = buffer.name;
    for (int number = 2; !taken_buffers.insert(buffer.name).second; ++number)
      buffer.name = fmt::format("{}_{}", wanted, number);
  }

  // The first step that writes a buffer, works in it or reads a weight, says what it is.
  std::vector<const Step*> maker(program.buffers.size()), reader(program.weights.size());
  auto note = [](const Step*& known, const Step& step) { known = known ? known : &step; };
  for (const Step& step : program.steps) {
    const Accesses used = accesses(step);
    for (const View* view : used.writes) note(maker[view->buffer.index()], step);
    for (BufferId id : used.scratch) note(maker[id.index()], step);
    for (WeightId id : used.weights) note(reader[id.index()], step);
    for (const View* view : used.reads) {
      if (!view->buffer) note(reader[view->weight.index()], step);
    }
  }
  auto named = [&](const std::string& name, const Step* step) {
    if (!step) return Named{name, {}, {}};
    const std::string part = step->part.empty() ? "" : plain_identifier(step->part);
    return Named{name, {first_word(*step), part}, {description(*step), print(program, *step)}};
  };
  std::vector<Named> buffers, weights;
  std::vector<size_t> inner;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::output) continue;
    inner.push_back(i), buffers.push_back(named(buffer.name, maker[i]));
  }
  for (size_t i = 0; i < program.weights.size(); ++i) weights.push_back(named(program.weights[i].name, reader[i]));

  const std::vector<std::string> buffer_names = names_apart(buffers, taken_buffers),
                                 weight_names = names_apart(weights, taken_weights);
  for (size_t i = 0; i < inner.size(); ++i) program.buffers[inner[i]].name = buffer_names[i];
  for (size_t i = 0; i < program.weights.size(); ++i) program.weights[i].name = weight_names[i];
}

}  // namespace intaglio::lowering
