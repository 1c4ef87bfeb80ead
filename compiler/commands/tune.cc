// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "backend/interface.h"
#include "support/error.h"

namespace intaglio {

namespace {

using Json = nlohmann::ordered_json;
constexpr int format = 1;

/// Milliseconds of the whole network and, per layer, of all its steps.
struct Times {
  double network = 0;
  std::map<std::string, double> layers;
};

/// A build of the network with the choices given, ready to be timed.
class Variant {
 public:
  Variant(const Compiled& untuned, const CompileOptions& options, const NativeOptions& native,
          const std::map<std::string, std::string>& choices)
      : compiled_(generated(untuned, options, choices)),
        model_(compiled_, *options.target, native, NativeModel::Purpose::timing) {
    compiled_.files.clear();  // built; weights are large
  }

  /// The fewest milliseconds seen in `seconds`.
  Times time(const std::vector<TensorData>& inputs, double seconds) const {
    const std::vector<double> measured = model_.time(inputs, seconds);
    const Program& program = compiled_.planned.program;
    Times times;
    times.network = measured.at(0);
    for (size_t i = 0; i < program.steps.size(); ++i) {
      if (program.steps[i].choice) times.layers[program.choices[*program.steps[i].choice].layer] += measured.at(i + 1);
    }
    return times;
  }

 private:
  static Compiled generated(const Compiled& untuned, const CompileOptions& options,
                            const std::map<std::string, std::string>& choices) {
    Compiled compiled;
    compiled.generated_as = untuned.generated_as;
    compiled.generated_as.self_test.reset();
    LoweringOptions lowering = options.lowering;
    lowering.tuning = choices;
    compiled.planned = lower_and_plan(untuned.graph, *options.target, lowering);
    compiled.files = generate(compiled.planned.program, compiled.planned.arena, *options.target, compiled.generated_as);
    return compiled;
  }

  Compiled compiled_;
  NativeModel model_;
};

void keep_minimum(Times& best, const Times& times) {
  best.network = best.network == 0 ? times.network : std::min(best.network, times.network);
  for (const auto& [layer, time] : times.layers) {
    const auto [entry, first] = best.layers.emplace(layer, time);
    if (!first) entry->second = std::min(entry->second, time);
  }
}

}  // namespace

Tuned tune(const Compiled& untuned, const CompileOptions& options, const NativeOptions& native) {
  // The fastest by the cost model. In eleven networks the fastest by the clock was the 16th of them at most, predicted
  // to take 1.14 times as long as the untuned one.
  constexpr size_t most_candidates = 24;
  constexpr double seconds = 1;        // per variant, of which the minimum counts
  constexpr double must_save = 0.985;  // of a layer's time: less is noise
  constexpr int rounds = 4;            // of the final comparison
  const std::vector<TensorData> inputs = generated_inputs(untuned.graph, 1);
  std::vector<KernelChoice> layers = untuned.planned.program.choices;
  for (KernelChoice& layer : layers) {
    if (layer.candidates.size() > most_candidates) layer.candidates.resize(most_candidates);
  }
  size_t variants = 1;
  for (const KernelChoice& layer : layers) variants = std::max(variants, layer.candidates.size());
  std::map<std::string, std::map<std::string, double>> measured;  // by layer and candidate
  for (size_t i = 0; i < variants; ++i) {
    fmt::print(stderr, "tuning: build {} of {}\n", i + 1, variants + 2);
    std::map<std::string, std::string> choices;
    for (const KernelChoice& layer : layers)
      choices[layer.layer] = layer.candidates[i % layer.candidates.size()].kernel;
    const Times times = Variant(untuned, options, native, choices).time(inputs, seconds);
    for (const auto& [layer, time] : times.layers) {
      const auto [entry, first] = measured[layer].emplace(choices[layer], time);
      if (!first) entry->second = std::min(entry->second, time);
    }
  }
  std::map<std::string, std::string> winners;
  for (const KernelChoice& layer : layers) {
    const std::map<std::string, double>& times = measured[layer.layer];
    const auto fastest = std::ranges::min_element(times, {}, [](const auto& entry) { return entry.second; });
    if (fastest->second < must_save * times.at(layer.candidates.front().kernel)) winners[layer.layer] = fastest->first;
  }
  // The variants ran one after another, while the machine may have changed its pace: the winners have to win again.
  Tuned result;
  Times before, after;
  {
    fmt::print(stderr, "tuning: builds {} and {} of {}\n", variants + 1, variants + 2, variants + 2);
    const Variant first(untuned, options, native, {}), second(untuned, options, native, winners);
    for (int round = 0; round < rounds; ++round) {
      keep_minimum(before, first.time(inputs, seconds / 2));
      keep_minimum(after, second.time(inputs, seconds / 2));
    }
  }
  result.untuned_milliseconds = result.tuned_milliseconds = before.network;
  Json list = Json::object();
  for (const KernelChoice& layer : layers) {
    const auto winner = winners.find(layer.layer);
    result.choices[layer.layer] = layer.candidates.front().kernel;
    const double time = before.layers[layer.layer];
    Json entry = {{"choice", layer.candidates.front().kernel}, {"milliseconds", time}};
    if (winner != winners.end() && after.layers[layer.layer] < must_save * time) {
      result.choices[layer.layer] = winner->second;
      ++result.changed;
      result.tuned_milliseconds += after.layers[layer.layer] - time;
      entry = {{"choice", winner->second},
               {"milliseconds", after.layers[layer.layer]},
               {"untuned_choice", layer.candidates.front().kernel},
               {"untuned_milliseconds", time}};
    }
    for (const KernelChoice::Rated& candidate : layer.candidates) {
      entry["candidates"].push_back({{"choice", candidate.kernel},
                                     {"milliseconds", measured[layer.layer][candidate.kernel]},
                                     {"predicted_megacycles", candidate.cycles * 1e-6}});
    }
    list[layer.layer] = std::move(entry);
  }
  const Json json = {{"format", format},
                     {"tool", {{"name", "intaglio"}, {"version", tool_version}}},
                     {"model", untuned.generated_as.source},
                     {"target", options.target->name},
                     {"untuned_milliseconds", result.untuned_milliseconds},
                     {"tuned_milliseconds", result.tuned_milliseconds},
                     {"layers", list}};
  result.file = json.dump(1, ' ') + "\n";
  return result;
}

std::map<std::string, std::string> read_tuning(const std::filesystem::path& file, const Target& target) {
  std::ifstream stream(file);
  if (!stream) fail(file.string(), "cannot be read", "`intaglio compile --tune` writes such a file");
  const Json json = Json::parse(stream, nullptr, false);
  const auto has = [&](const char* key, auto is) {
    return json.is_object() && json.contains(key) && (json[key].*is)();
  };
  if (!has("format", &Json::is_number_integer) || !has("target", &Json::is_string) ||
      !has("layers", &Json::is_object)) {
    fail(file.string(), "is not a tuning file of Intaglio", "`intaglio compile --tune` writes such a file");
  }
  if (json["format"] != format) {
    fail(file.string(), fmt::format("has format {}, this version reads {}", json["format"].dump(), format),
         "make it again with --tune");
  }
  if (const std::string made_for = json["target"]; made_for != target.name) {
    fail(file.string(), fmt::format("was made for target '{}', not for '{}'", made_for, target.name),
         "choose that target, or make a file for this one with --tune");
  }
  std::map<std::string, std::string> choices;
  for (const auto& [layer, entry] : json["layers"].items()) {
    if (!entry.is_object() || !entry.contains("choice") || !entry["choice"].is_string())
      fail(file.string(), fmt::format("layer '{}' has no choice", layer), "make it again with --tune");
    choices[layer] = entry["choice"];
  }
  return choices;
}

}  // namespace intaglio
