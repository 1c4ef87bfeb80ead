// The manifest of a Program as it is generated.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>

#include "backend/interface.h"

namespace intaglio {

namespace {

std::vector<Manifest::Port> ports_of(const std::vector<Program::Port>& ports, const std::vector<std::string>& members) {
  std::vector<Manifest::Port> list;
  for (size_t i = 0; i < ports.size(); ++i) list.push_back({ports[i].name, members[i], ports[i].type, ports[i].shape});
  return list;
}

/// Those that the step's kernel or its parts read, in their order, each once; a part of one is the whole.
std::vector<std::string> weights_of(const Program& program, const Step& step) {
  std::vector<std::string> names;
  const auto add = [&](WeightId id) {
    if (!id) return;
    const Weight& weight = program[id];
    const std::string& name = weight.whole ? program[weight.whole].name : weight.name;
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  const Accesses used = accesses(step);
  for (const WeightId id : used.weights) add(id);
  for (const View* view : used.reads) add(view->weight);
  return names;
}

}  // namespace

Manifest describe(const Program& program, const ArenaLayout& arena, const Target& target, const Interface& names,
                  const GenerateOptions& options) {
  Manifest manifest;
  manifest.tool = {"intaglio", std::string(tool_version)};
  manifest.model = {names.name, options.source, options.model_hash, options.graph_hash, options.weights_hash};
  manifest.options = options.recorded_options;
  manifest.tuning = options.recorded_tuning;
  manifest.bound = options.bound;
  manifest.target = {
      std::string(target.name), lanes_per_block, {target.compile_flags.begin(), target.compile_flags.end()}};
  manifest.interface = {ports_of(program.inputs, names.inputs), ports_of(program.outputs, names.outputs)};
  if (names.header != names.name + ".h") manifest.interface.header = names.header;
  if (names.target != names.name) manifest.interface.cmake_target = names.target;
  if (names.upper != upper_case(names.name)) manifest.interface.macro_prefix = names.upper;
  for (const Step& step : program.steps)
    manifest.steps.push_back(
        {step.name, std::string(kernel_name(step.kernel)), description(step), step.macs, weights_of(program, step)});
  manifest.memory.arena_bytes = arena.bytes;
  manifest.memory.arena_alignment = arena.alignment;
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::output) continue;
    manifest.memory.buffers.push_back({buffer.name, arena.offsets[i], buffer.bytes()});
  }
  if (const int64_t prepared = lay_out_prepared(program).bytes; prepared > 0) {
    manifest.memory.prepared_bytes = prepared;
    manifest.memory.prepared_alignment = weights_alignment;
  }
  manifest.weights = {std::string(weight_storage_name(options.weights)), lay_out_weights(program).bytes, {}};
  return manifest;
}

}  // namespace intaglio
