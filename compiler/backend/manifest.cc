// Renders NAME.manifest.json: where the folder comes from, its interface, its kernels, its memory, and a hash per file.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "backend/emitter.h"
#include "backend/interface.h"
#include "backend/json_text.h"
#include "support/hash.h"

namespace intaglio {

using Json = nlohmann::ordered_json;

namespace {

Json port_list(const std::vector<Program::Port>& ports, const std::vector<std::string>& members) {
  Json list = Json::array();
  for (size_t i = 0; i < ports.size(); ++i) {
    list.push_back({{"name", ports[i].name},
                    {"identifier", members[i]},
                    {"type", element_type_name(ports[i].type)},
                    {"shape", ports[i].shape.extents()}});
  }
  return list;
}

}  // namespace

std::string render_manifest(const Program& program, const Placement& placement, const Target& target,
                            const Interface& names, const GenerateOptions& options,
                            const std::vector<GeneratedFile>& files) {
  Json manifest;
  manifest["format"] = 1;
  manifest["tool"] = {{"name", "intaglio"}, {"version", tool_version}};
  manifest["model"] = {{"name", names.name},
                       {"file", options.source},
                       {"hash", options.model_hash},
                       {"graph_hash", options.graph_hash},
                       {"weights_hash", options.weights_hash}};
  Json recorded = Json::object();
  for (const auto& [key, value] : options.recorded_options) recorded[key] = value;
  manifest["options"] = recorded;
  manifest["target"] = {{"name", target.name}, {"block", lanes_per_block}, {"compile_flags", target.compile_flags}};
  manifest["interface"] = {{"inputs", port_list(program.inputs, names.inputs)},
                           {"outputs", port_list(program.outputs, names.outputs)}};
  // Where a collision made them differ from the model's name.
  if (names.header != names.name + ".h") manifest["interface"]["header"] = names.header;
  if (names.target != names.name) manifest["interface"]["cmake_target"] = names.target;
  if (names.upper != upper_case(names.name)) manifest["interface"]["macro_prefix"] = names.upper;
  Json steps = Json::array();
  for (const Step& step : program.steps) {
    steps.push_back(
        {{"name", step.name}, {"kernel", kernel_name(step.kernel)}, {"what", step.comment}, {"macs", step.macs}});
  }
  manifest["steps"] = steps;
  Json buffers = Json::array();
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::output) continue;
    buffers.push_back({{"name", buffer.name}, {"offset", placement.offsets[i]}, {"bytes", buffer.bytes()}});
  }
  manifest["memory"] = {
      {"arena_bytes", placement.arena_bytes}, {"arena_alignment", placement.arena_alignment}, {"buffers", buffers}};
  const WeightLayout layout = lay_out_weights(program);
  manifest["weights"] = {{"storage", weight_storage_name(options.weights)}, {"bytes", layout.bytes}};
  if (const int64_t prepared = lay_out_prepared(program).bytes; prepared > 0) {
    manifest["memory"]["prepared_bytes"] = prepared;
    manifest["memory"]["prepared_alignment"] = weights_alignment;
  }
  Json hashes = Json::object();
  for (const GeneratedFile& file : files) hashes[file.path] = file.hash;
  manifest["files"] = hashes;
  return json_text(manifest) + "\n";
}

}  // namespace intaglio
