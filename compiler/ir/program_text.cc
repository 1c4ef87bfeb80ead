// The Program as text, and its verifier.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "ir/program.h"
#include "support/error.h"

namespace intaglio {

namespace {

std::string buffer_kind(BufferKind kind) {
  switch (kind) {
    case BufferKind::input:
      return "input";
    case BufferKind::output:
      return "output";
    case BufferKind::arena:
      return "arena";
    case BufferKind::scratch:
      return "scratch";
  }
  internal_error("unknown buffer kind");
}

std::string text(const Program& program, const View& view) {
  std::string name = view.buffer ? program[view.buffer].name : program[view.weight].name;
  if (view.offset != 0) name += fmt::format("+{}", view.offset);
  if (!view.blocked()) return fmt::format("{}:{}", name, view.shape.text());
  std::string segments;
  for (int64_t channels : view.segments) segments += fmt::format("{}{}", segments.empty() ? "" : "+", channels);
  std::string result = fmt::format("{}:{}[{}]{}x{}", name, view.batch, segments, view.height, view.width);
  if (view.border_top + view.border_left + view.border_bottom + view.border_right > 0) {
    result +=
        fmt::format(" border {},{},{},{}", view.border_top, view.border_left, view.border_bottom, view.border_right);
  }
  return result;
}

/// First and one past the last element that a view covers, its border included.
std::pair<int64_t, int64_t> range(const View& view) {
  if (!view.blocked()) return {view.offset, view.offset + view.shape.elements()};
  const int64_t before = view.border_top * view.row_stride + view.border_left * view.pixel_stride;
  const int64_t last = (view.batch - 1) * view.image_stride + (view.blocks() - 1) * view.block_stride +
                       (view.height - 1 + view.border_bottom) * view.row_stride +
                       (view.width - 1 + view.border_right) * view.pixel_stride + lanes_per_block;
  return {view.offset - before, view.offset + last};
}

}  // namespace

std::string print(const Program& program) {
  std::string result = fmt::format("program {} (block {})\n", program.name, lanes_per_block);
  for (const Buffer& buffer : program.buffers) {
    result += fmt::format("{} {}: {} x {}\n", buffer_kind(buffer.kind), buffer.name, element_type_name(buffer.type),
                          buffer.elements);
  }
  for (const FusionGroup& group : program.groups)
    result += fmt::format("group {}: {} bands of {} rows\n", group.name, group.bands, group.rows);
  for (const Step& step : program.steps) {
    const Accesses used = accesses(step);
    std::string reads, writes;
    for (const View* view : used.reads) reads += (reads.empty() ? "" : ", ") + text(program, *view);
    for (const View* view : used.writes) writes += (writes.empty() ? "" : ", ") + text(program, *view);
    result += fmt::format("{} = {}({})  # {}: {}\n", writes, kernel_name(step.kernel), reads, step.name, step.comment);
  }
  return result;
}

void verify(const Program& program) {
  std::vector<bool> written(program.buffers.size(), false);
  auto check = [&](const Step& step, const View& view, bool writes) {
    auto refuse = [&](const char* what) {
      internal_error(fmt::format("step '{}' ({}): {}", step.name, kernel_name(step.kernel), what));
    };
    if (!view.buffer && !view.weight) refuse("a view of nothing");
    if (view.shape.elements() == 0) return;
    const int64_t elements = view.buffer ? program[view.buffer].elements : program[view.weight].data.elements();
    const auto [first, end] = range(view);
    if (first < 0 || end > elements) refuse("a view reaches outside its buffer");
    if (view.blocked() && view.shape.rank() >= 2 && view.channels() != view.shape[1])
      refuse("segments do not add up to the channels");
    if (!view.buffer) {
      if (writes) refuse("writes a constant");
      return;
    }
    const Buffer& buffer = program[view.buffer];
    if (writes && buffer.kind == BufferKind::input) refuse("writes an input");
    if (!writes && buffer.kind == BufferKind::output) refuse("reads an output");
    if (!writes && buffer.kind == BufferKind::arena && !written[view.buffer.index()]) refuse("reads what nobody wrote");
    if (writes) written[view.buffer.index()] = true;
  };
  for (const Step& step : program.steps) {
    const Accesses used = accesses(step);
    for (const View* view : used.reads) check(step, *view, false);
    for (const View* view : used.writes) check(step, *view, true);
  }
  for (const Program::Port& port : program.outputs) {
    require(written[port.buffer.index()] || port.shape.elements() == 0, "an output is never written");
  }
}

}  // namespace intaglio
