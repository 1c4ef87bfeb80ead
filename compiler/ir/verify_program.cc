// What every Program keeps: see verify() in program.h.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ir/program.h"
#include "support/error.h"

namespace intaglio {

namespace {

/// First and one past the last element that a view covers, its border included.
std::pair<int64_t, int64_t> range(const View& view) {
  if (!view.blocked()) return {view.offset, view.offset + view.shape.elements()};
  const int64_t before = view.border_top * view.row_stride + view.border_left * view.pixel_stride;
  const int64_t last = (view.batch - 1) * view.image_stride + (view.blocks() - 1) * view.block_stride +
                       (view.height - 1 + view.border_bottom) * view.row_stride +
                       (view.width - 1 + view.border_right) * view.pixel_stride + lanes_per_block;
  return {view.offset - before, view.offset + last};
}

void expect_own_names(const auto& list) {
  std::set<std::string> taken;
  for (const auto& each : list) {
    if (!taken.insert(each.name).second) internal_error("two have the name '" + each.name + "'");
  }
}

class ProgramVerifier {
 public:
  explicit ProgramVerifier(const Program& program) : program_(program), writers_(program.buffers.size()) {}

  void run() {
    expect_own_names(program_.buffers);
    expect_own_names(program_.weights);
    for (const Weight& weight : program_.weights) {
      if (weight.whole)
        require(weight.offset < program_[weight.whole].data.elements(),
                "a weight begins outside the one it is part of");
    }
    for (const Step& step : program_.steps) check(step);
    check_ports(program_.inputs, BufferKind::input);
    check_ports(program_.outputs, BufferKind::output);
    for (const Program::Port& port : program_.outputs) {
      require(writers_[port.buffer.index()] != nullptr || port.shape.elements() == 0, "an output is never written");
    }
  }

 private:
  void check(const Step& step) {
    step_ = &step;
    for (size_t choice : step.choices) {
      if (choice >= program_.choices.size()) refuse("is part of a choice that does not exist");
    }
    if (step.group && *step.group >= program_.groups.size()) refuse("is part of a group that does not exist");
    const Accesses used = accesses(step);
    for (WeightId weight : used.weights) {
      if (weight.index() >= program_.weights.size()) refuse("reads a weight that does not exist");
    }
    for (BufferId scratch : used.scratch) {
      if (program_[scratch].kind != BufferKind::scratch) refuse("works in a buffer that is no scratch");
      const Step* other = std::exchange(writers_[scratch.index()], &step);
      if (other && !follows(step, *other)) refuse("works in the scratch of another");
    }
    for (const View* view : used.reads) check(*view, false);
    for (const View* view : used.writes) check(*view, true);
  }

  /// Whether one task does both, with others beside it.
  bool follows(const Step& step, const Step& other) const {
    return step.group && step.group == other.group && step.task == other.task && program_.groups[*step.group].tasks > 1;
  }

  void check(const View& view, bool writes) {
    if (!view.buffer && !view.weight) refuse("a view of nothing");
    if (view.shape.elements() == 0) return;
    const int64_t elements = view.buffer ? program_[view.buffer].elements : program_[view.weight].data.elements();
    const auto [first, end] = range(view);
    if (first < 0 || end > elements) refuse("a view reaches outside its buffer");
    if (view.blocked() && view.shape.rank() >= 2 && view.channels() != view.shape[1])
      refuse("segments do not add up to the channels");
    if (!view.buffer) {
      if (writes) refuse("writes a constant");
      return;
    }
    const Buffer& buffer = program_[view.buffer];
    const Step*& writer = writers_[view.buffer.index()];
    if (buffer.kind == BufferKind::scratch) refuse("a view of scratch");
    if (writes && buffer.kind == BufferKind::input) refuse("writes an input");
    if (writes && buffer.kind == BufferKind::output && writer && writer->name != step_->name)
      refuse("writes an output that another layer writes");
    if (!writes && buffer.kind == BufferKind::output) refuse("reads an output");
    if (!writes && buffer.kind == BufferKind::arena && !writer) refuse("reads what nobody wrote");
    if (writes) writer = step_;
  }

  void check_ports(const std::vector<Program::Port>& ports, BufferKind kind) const {
    for (const Program::Port& port : ports) {
      if (program_[port.buffer].kind != kind) internal_error("port '" + port.name + "' is another kind of buffer");
    }
  }

  [[noreturn]] void refuse(const char* what) const {
    internal_error(fmt::format("step '{}' ({}): {}", step_->name, kernel_name(step_->kernel), what));
  }

  const Program& program_;
  const Step* step_ = nullptr;        ///< that is looked at
  std::vector<const Step*> writers_;  ///< of every buffer the last step that wrote it, of scratch the one it belongs to
};

}  // namespace

void verify(const Program& program) { ProgramVerifier(program).run(); }

}  // namespace intaglio
