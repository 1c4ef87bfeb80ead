// The Program as text.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>

#include "ir/program.h"
#include "support/error.h"
#include "support/identifier.h"

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

}  // namespace

std::string description(const Step& step) { return step.comment + (step.part.empty() ? "" : "  " + step.part); }

std::string first_word(const Step& step) {
  std::string word = plain_identifier(step.comment.substr(0, step.comment.find_first_of(" :")));
  std::ranges::transform(word, word.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return word;
}

std::string print(const Program& program, const Step& step) {
  const Accesses used = accesses(step);
  std::string reads, writes;
  for (const View* view : used.reads) reads += (reads.empty() ? "" : ", ") + text(program, *view);
  for (const View* view : used.writes) writes += (writes.empty() ? "" : ", ") + text(program, *view);
  return fmt::format("{} = {}({})  # {}: {}\n", writes, kernel_name(step.kernel), reads, step.name, description(step));
}

std::string print(const Program& program) {
  std::string result = fmt::format("program {} (block {})\n", program.name, lanes_per_block);
  for (const Buffer& buffer : program.buffers) {
    result += fmt::format("{} {}: {} x {}\n", buffer_kind(buffer.kind), buffer.name, element_type_name(buffer.type),
                          buffer.elements);
  }
  for (const FusionGroup& group : program.groups)
    result += fmt::format("group {}: {} bands of {} rows{}\n", group.name, group.bands, group.rows,
                          group.tasks > 1 ? fmt::format(", {} tasks", group.tasks) : "");
  for (const Step& step : program.steps) result += print(program, step);
  return result;
}

}  // namespace intaglio
