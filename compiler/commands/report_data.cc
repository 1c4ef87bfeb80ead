// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "backend/interface.h"
#include "commands/bench_format.h"
#include "commands/program_layers.h"
#include "commands/weight_statistics.h"
#include "ir/traffic.h"
#include "lowering/context.h"
#include "support/error.h"

namespace intaglio {

namespace {

using ReportJson = nlohmann::ordered_json;

constexpr size_t histogram_bins = 40;

ReportJson layers_json(const Program& program, const std::vector<Layer>& layers) {
  ReportJson list = ReportJson::array();
  for (const Layer& layer : layers) {
    Traffic bytes;
    ReportJson kernels = ReportJson::array();  // the one that computes first
    std::set<std::string_view> listed;
    const auto add_kernel = [&](size_t step) {
      const std::string_view name = kernel_name(program.steps[step].kernel);
      if (listed.insert(name).second) kernels.push_back(name);
    };
    add_kernel(layer.main_step);
    for (size_t step : layer.steps) {
      const Traffic of_step = traffic(program, program.steps[step].kernel);
      bytes.reads += of_step.reads, bytes.writes += of_step.writes, bytes.weights += of_step.weights;
      add_kernel(step);
    }
    list.push_back({{"name", layer.name},
                    {"what", layer.what},
                    {"kernels", std::move(kernels)},
                    {"steps", layer.steps.size()},
                    {"first_step", layer.steps.front()},
                    {"last_step", layer.steps.back()},
                    {"macs", layer.macs},
                    {"read_bytes", bytes.reads},
                    {"written_bytes", bytes.writes},
                    {"weight_bytes", bytes.weights}});
    if (layer.group) {
      const FusionGroup& group = program.groups[*layer.group];
      list.back()["bands"] = group.bands;
      list.back()["group"] = *layer.group;
    }
  }
  return list;
}

ReportJson edges_json(const Program& program, const std::vector<Layer>& layers) {
  const auto end = [](const LayerEnd& end) -> ReportJson {
    switch (end.kind) {
      case LayerEnd::Kind::input:
        return {{"input", end.index}};
      case LayerEnd::Kind::layer:
        return {{"layer", end.index}};
      case LayerEnd::Kind::output:
        return {{"output", end.index}};
    }
    return {};
  };
  ReportJson list = ReportJson::array();
  for (const LayerEdge& edge : edges_between(program, layers)) {
    list.push_back({{"from", end(edge.from)},
                    {"to", end(edge.to)},
                    {"buffer", program[edge.buffer].name},
                    {"bytes", program[edge.buffer].bytes()}});
  }
  return list;
}

/// Bytes of the arena that hold something while a step runs: results that took over another one's place count once.
int64_t occupied_bytes(std::vector<std::pair<int64_t, int64_t>> ranges) {
  std::ranges::sort(ranges);
  int64_t bytes = 0, end = 0;
  for (const auto& [first, last] : ranges) {
    bytes += std::max<int64_t>(0, last - std::max(first, end));
    end = std::max(end, last);
  }
  return bytes;
}

ReportJson memory_json(const Compiled& compiled, const std::vector<Layer>& layers) {
  const Program& program = compiled.planned.program;
  const MemoryPlan& plan = compiled.planned.plan;
  std::vector<size_t> layer_of(program.steps.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    for (size_t step : layers[i].steps) layer_of[step] = i;
  }
  std::vector<std::vector<std::pair<int64_t, int64_t>>> live(program.steps.size());
  ReportJson buffers = ReportJson::array();
  size_t next = 0;  // of the plan, which knows nothing of inputs and outputs
  for (size_t i = 0; i < program.buffers.size(); ++i) {
    const Buffer& buffer = program.buffers[i];
    if (buffer.kind == BufferKind::input || buffer.kind == BufferKind::output) continue;
    const Lifetime life = plan.lifetimes[next++];
    if (life.first < 0) continue;
    const int64_t offset = compiled.planned.arena.offsets[i];
    for (int step = life.first; step <= life.last; ++step) live[step].emplace_back(offset, offset + buffer.bytes());
    buffers.push_back({{"name", buffer.name},
                       {"offset", offset},
                       {"bytes", buffer.bytes()},
                       {"first_step", life.first},
                       {"last_step", life.last},
                       {"layer", layer_of[life.first]},
                       {"scratch", buffer.kind == BufferKind::scratch}});
  }
  std::vector<int64_t> occupied;
  for (auto& ranges : live) occupied.push_back(occupied_bytes(std::move(ranges)));
  const auto peak = std::ranges::max_element(occupied);
  ReportJson json = {{"arena_bytes", compiled.planned.arena.bytes},
                     {"lower_bound_bytes", plan.lower_bound_bytes},
                     {"gap_bytes", plan.gap_bytes},
                     {"in_place", plan.merged.size()}};
  if (peak != occupied.end()) json["peak_step"] = peak - occupied.begin();
  json["step_layers"] = layer_of;
  json["occupied_bytes"] = occupied;
  json["buffers"] = std::move(buffers);
  return json;
}

/// Constants of the optimised graph, as the layers take them: batch normalisation is folded into them.
ReportJson weights_json(const Graph& graph, const std::vector<Layer>& layers) {
  std::map<std::string, size_t> by_name;
  for (size_t i = 0; i < layers.size(); ++i) by_name.try_emplace(layers[i].name, i);
  ReportJson list = ReportJson::array();
  std::vector<bool> seen(graph.tensors.size(), false);
  for (NodeId id : graph.order) {
    const Node& node = graph[id];
    for (TensorId input : node.inputs) {
      if (!input || !graph[input].constant || seen[input.index()] || !is_real(graph[input].type)) continue;
      seen[input.index()] = true;
      const Tensor& tensor = graph[input];
      const WeightStatistics values = weight_statistics(*tensor.constant, histogram_bins);
      ReportJson entry = {{"name", tensor.name},
                          {"type", element_type_name(tensor.type)},
                          {"shape", tensor.shape.extents()},
                          {"count", values.count},
                          {"zeros", values.zeros},
                          {"not_finite", values.not_finite},
                          {"minimum", values.minimum},
                          {"maximum", values.maximum},
                          {"mean", values.mean},
                          {"deviation", values.deviation},
                          {"histogram",
                           {{"low", values.low},
                            {"high", values.high},
                            {"below", values.below},
                            {"above", values.above},
                            {"bins", values.bins}}}};
      const auto layer = by_name.find(lowering::display_name(graph, node));
      if (layer != by_name.end()) entry["layer"] = layer->second;
      list.push_back(std::move(entry));
    }
  }
  return list;
}

}  // namespace

ReportJson report_data(const Compiled& compiled, const CompileOptions& options, ReportJson bench) {
  const Program& program = compiled.planned.program;
  const std::vector<Layer> layers = layers_of(program);
  const Interface names = make_interface(program, compiled.generated_as.name);
  const ReportJson manifest =
      to_json(describe(program, compiled.planned.arena, *options.target, names, compiled.generated_as));
  ReportJson json = {{"format", report_format}, {"kind", "report"}};
  for (const char* key : {"tool", "model", "options", "target"}) json[key] = manifest[key];
  json["target"]["description"] = options.target->description;
  json["inputs"] = manifest["interface"]["inputs"];
  json["outputs"] = manifest["interface"]["outputs"];
  json["layers"] = layers_json(program, layers);
  json["edges"] = edges_json(program, layers);
  json["memory"] = memory_json(compiled, layers);
  json["weights"] = weights_json(compiled.graph, layers);
  ReportJson totals = {{"layers", layers.size()}, {"steps", program.steps.size()}};
  for (const char* key : {"macs", "read_bytes", "written_bytes", "weight_bytes"}) {
    int64_t sum = 0;
    for (const ReportJson& layer : json["layers"]) sum += layer[key].get<int64_t>();
    totals[key] = sum;
  }
  totals["parameters"] = count_parameters(compiled.graph);
  totals["packed_weight_bytes"] = manifest["weights"]["bytes"];
  totals["prepared_bytes"] = lay_out_prepared(program).bytes;
  json["totals"] = std::move(totals);
  if (const std::optional<Accuracy>& accuracy = program.accuracy)
    json["accuracy"] = {{"estimated_error", accuracy->estimate}, {"budget", accuracy->budget}};
  if (!bench.is_null()) json["bench"] = std::move(bench);
  json["notes"] = compiled.notes;
  return json;
}

ReportJson bench_for(const Compiled& compiled, const CompileOptions& options, const std::filesystem::path& file) {
  const std::string how = fmt::format("make it with `intaglio bench {} --target {} --json` and the same options",
                                      options.model.filename().string(), options.target->name);
  ReportJson bench = read_bench(file, how);
  if (bench["model"]["hash"] != compiled.generated_as.model_hash)
    fail(file.string(), fmt::format("was measured on another model than '{}'", options.model.string()), how);
  if (bench["target"]["name"] != options.target->name) {
    fail(file.string(),
         fmt::format("was measured for target '{}', not '{}'", bench["target"]["name"].get<std::string>(),
                     options.target->name),
         how);
  }
  const std::vector<Layer> layers = layers_of(compiled.planned.program);
  const ReportJson& measured = bench["threads"][0]["layers"];
  bool same = measured.size() == layers.size();
  for (size_t i = 0; same && i < layers.size(); ++i)
    same = measured[i]["name"] == layers[i].name && measured[i]["what"] == layers[i].what;
  if (!same) fail(file.string(), "was measured with other options: its layers are not those of this report", how);
  return bench;
}

}  // namespace intaglio
