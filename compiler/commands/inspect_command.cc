// intaglio inspect: what a model is and what would be generated for it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "backend/interface.h"
#include "backend/json_text.h"
#include "commands/commands.h"
#include "commands/weight_statistics.h"
#include "ir/traffic.h"

namespace intaglio {

namespace {

using Json = nlohmann::ordered_json;

bool is_copy(const Step& step) {
  return std::holds_alternative<BlockedCopyStep>(step.kernel) || std::holds_alternative<CopyStep>(step.kernel) ||
         std::holds_alternative<TableCopyStep>(step.kernel);
}

Json inspection(const Compiled& compiled, const CompileOptions& options) {
  const Program& program = compiled.planned.program;
  const MemoryPlan& plan = compiled.planned.plan;
  const Interface names = make_interface(program, compiled.generated_as.name);
  Json json = to_json(describe(program, compiled.planned.arena, *options.target, names, compiled.generated_as));
  json.erase("files");  // nothing is written
  std::map<std::string, int64_t> operators;
  for (NodeId id : compiled.graph.order) ++operators[std::string(operator_name(compiled.graph[id].op))];
  json["operators"] = operators;
  json["parameters"] = count_parameters(compiled.graph);
  int64_t copies = 0, relayouts = 0;
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const Step& step = program.steps[i];
    const Traffic bytes = traffic(program, step.kernel);
    const int64_t copied = is_copy(step) ? bytes.writes : 0,
                  relaid = std::holds_alternative<RelayoutStep>(step.kernel) ? bytes.writes : 0;
    copies += copied;
    relayouts += relaid;
    json["steps"][i].update({{"read_bytes", bytes.reads},
                             {"written_bytes", bytes.writes},
                             {"weight_bytes", bytes.weights},
                             {"copy_bytes", copied},
                             {"relayout_bytes", relaid}});
  }
  json["macs"] = total_macs(program);
  json["copy_bytes"] = copies;
  json["relayout_bytes"] = relayouts;
  Json& memory = json["memory"];
  memory.update(
      {{"lower_bound_bytes", plan.lower_bound_bytes}, {"gap_bytes", plan.gap_bytes}, {"in_place", plan.merged.size()}});
  for (size_t i = 0; i < memory["buffers"].size(); ++i) {
    memory["buffers"][i].update({{"first_step", plan.lifetimes[i].first}, {"last_step", plan.lifetimes[i].last}});
  }
  if (const std::optional<Accuracy>& accuracy = program.accuracy) {
    Json exchanges = Json::array();
    for (const Accuracy::Exchange& e : accuracy->exchanges)
      exchanges.push_back({{"layer", e.layer}, {"kernel", e.kernel}, {"instead_of", e.instead_of}});
    json["accuracy"] = {{"estimated_error", accuracy->estimate},
                        {"budget", accuracy->budget},
                        {"estimated_error_without_budget", accuracy->fastest},
                        {"partial_sums", program.partial_sums},
                        {"exchanges", exchanges}};
  }
  json["notes"] = compiled.notes;
  return json;
}

void print_text(const Json& json) {
  auto list = [&](const char* what, const Json& all) {
    for (const Json& port : all) {
      std::string shape;
      for (const Json& extent : port["shape"]) shape += (shape.empty() ? "" : "x") + extent.dump();
      fmt::print("{} {}: {} {}\n", what, port["name"].get<std::string>(), port["type"].get<std::string>(),
                 shape.empty() ? "scalar" : shape);
    }
  };
  fmt::print("model {} for target {}\n", json["model"]["name"].get<std::string>(),
             json["target"]["name"].get<std::string>());
  list("input", json["interface"]["inputs"]);
  list("output", json["interface"]["outputs"]);
  std::string operators;
  for (const auto& [name, count] : json["operators"].items())
    operators += fmt::format("{}{} {}", operators.empty() ? "" : ", ", name, count.get<int64_t>());
  fmt::print("operators: {}\n", operators);
  fmt::print("parameters: {}   MACs: {:.1f} M   weights: {} bytes\n\n", json["parameters"].get<int64_t>(),
             json["macs"].get<double>() * 1e-6, json["weights"]["bytes"].get<int64_t>());
  fmt::print("{:<20} {:>10} {:>11} {:>11} {:>11}  {}\n", "kernel", "MMAC", "read", "written", "weights", "step");
  for (const Json& step : json["steps"]) {
    fmt::print("{:<20} {:>10.3f} {:>11} {:>11} {:>11}  {}: {}\n", step["kernel"].get<std::string>(),
               step["macs"].get<double>() * 1e-6, step["read_bytes"].get<int64_t>(),
               step["written_bytes"].get<int64_t>(), step["weight_bytes"].get<int64_t>(),
               step["name"].get<std::string>(), step["what"].get<std::string>());
  }
  if (json.contains("accuracy")) {
    const Json& accuracy = json["accuracy"];
    const double estimate = accuracy["estimated_error"], budget = accuracy["budget"];
    fmt::print("\nestimated rounding error {:.1e} of the largest result (budget {:.0e}{})\n", estimate, budget,
               estimate > budget ? ", which no choice of kernels keeps" : "");
    if (accuracy["partial_sums"].get<bool>())
      fmt::print("to keep it, not {:.1e}: sums are added in parts; more exact kernels for {} kinds of layers\n",
                 accuracy["estimated_error_without_budget"].get<double>(), accuracy["exchanges"].size());
    for (const Json& exchange : accuracy["exchanges"])
      fmt::print("  {}: {} instead of {}\n", exchange["layer"].get<std::string>(),
                 exchange["kernel"].get<std::string>(), exchange["instead_of"].get<std::string>());
  }
  const Json& memory = json["memory"];
  fmt::print("\ncopied {} bytes, relayouts {} bytes\n", json["copy_bytes"].get<int64_t>(),
             json["relayout_bytes"].get<int64_t>());
  fmt::print("arena {} bytes (lower bound for this order {}, gap {}; {} results in place)\n",
             memory["arena_bytes"].get<int64_t>(), memory["lower_bound_bytes"].get<int64_t>(),
             memory["gap_bytes"].get<int64_t>(), memory["in_place"].get<int64_t>());
  fmt::print("{:>10} {:>10}  {:>5} {:>5}  {}\n", "offset", "bytes", "from", "to", "buffer");
  for (const Json& buffer : memory["buffers"]) {
    fmt::print("{:>10} {:>10}  {:>5} {:>5}  {}\n", buffer["offset"].get<int64_t>(), buffer["bytes"].get<int64_t>(),
               buffer["first_step"].get<int64_t>(), buffer["last_step"].get<int64_t>(),
               buffer["name"].get<std::string>());
  }
}

}  // namespace

Command add_inspect(CLI::App& app) {
  auto model = std::make_shared<ModelArguments>();
  auto json = std::make_shared<bool>(false);
  model->add_to(app);
  app.add_flag("--json", *json, "As JSON");
  return [model, json] {
    const CompileOptions options = model->options();
    const Compiled compiled = compile(options);
    print_notes(compiled.notes);
    const Json result = inspection(compiled, options);
    if (*json)
      fmt::print("{}\n", json_text(result));
    else
      print_text(result);
    return Exit::done;
  };
}

}  // namespace intaglio
