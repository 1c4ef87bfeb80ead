// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>

#include "backend/interface.h"
#include "commands/progress.h"
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

using Choices = std::map<std::string, std::string>;

/// A build of the network with the choices given and for so many tasks, ready to be timed.
class Variant {
 public:
  Variant(const Compiled& untuned, const CompileOptions& options, const NativeOptions& native, const Choices& choices,
          int64_t tasks)
      : compiled_(generated(untuned, options, choices, tasks)),
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
      for (size_t choice : program.steps[i].choices) times.layers[program.choices[choice].layer] += measured.at(i + 1);
    }
    return times;
  }

 private:
  static Compiled generated(const Compiled& untuned, const CompileOptions& options, const Choices& choices,
                            int64_t tasks) {
    Compiled compiled;
    compiled.generated_as = untuned.generated_as;
    compiled.generated_as.self_test.reset();
    LoweringOptions lowering = options.lowering;
    lowering.tuning = choices;
    compiled.planned = lower_and_plan(untuned.graph, *options.target, lowering, tasks);
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

/// Measures choices of one kind after the other: those of a kind are measured with what was chosen before.
class Tuning {
 public:
  Tuning(const Compiled& untuned, const CompileOptions& options, const NativeOptions& native)
      : untuned_(untuned), options_(options), native_(native) {}

  /// Builds the network for so many tasks with every candidate of every choice of a kind, and compares the winners
  /// with what was chosen before once more, the two side by side.
  void choose(KernelChoice::Of kind, std::string_view what, int64_t tasks) {
    std::vector<KernelChoice> layers = choices_of(kind, tasks);
    size_t variants = 0;
    for (const KernelChoice& layer : layers) variants = std::max(variants, layer.candidates.size());
    std::map<std::string, std::map<std::string, double>> measured;  // by layer and candidate
    Progress progress("");
    for (size_t i = 0; i < variants; ++i) {
      progress.show(fmt::format("tuning {}: build {} of {}", what, i + 1, variants));
      print_detail(fmt::format("tuning {}: build {} of {}", what, i + 1, variants));
      Choices choices = taken_;
      for (const KernelChoice& layer : layers)
        choices[layer.layer] = layer.candidates[i % layer.candidates.size()].kernel;
      const Times times = Variant(untuned_, options_, native_, choices, tasks).time(inputs_, seconds);
      for (const KernelChoice& layer : layers) {
        const auto found = times.layers.find(layer.layer);
        if (found == times.layers.end()) continue;
        const auto [entry, first] = measured[layer.layer].emplace(choices[layer.layer], found->second);
        if (!first) entry->second = std::min(entry->second, found->second);
      }
    }
    Choices winners;
    for (const KernelChoice& layer : layers) {
      const std::map<std::string, double>& times = measured[layer.layer];
      if (times.empty()) continue;
      const auto fastest = std::ranges::min_element(times, {}, [](const auto& entry) { return entry.second; });
      if (fastest->second < must_save * times.at(layer.candidates.front().kernel))
        winners[layer.layer] = fastest->first;
    }
    Times before, after;
    if (!winners.empty()) std::tie(before, after) = compare(what, winners, tasks);
    for (const KernelChoice& layer : layers) {
      const std::string& untuned = layer.candidates.front().kernel;
      taken_[layer.layer] = untuned;
      double time = measured[layer.layer][untuned];
      Json entry = {{"choice", untuned}, {"milliseconds", time}};
      if (const auto winner = winners.find(layer.layer); winner != winners.end()) {
        time = before.layers.at(layer.layer);
        const double now = after.layers.at(layer.layer);
        if (now < must_save * time) {
          taken_[layer.layer] = winner->second;
          ++changed_;
          entry = {{"choice", winner->second},
                   {"milliseconds", now},
                   {"untuned_choice", untuned},
                   {"untuned_milliseconds", time}};
        }
      }
      for (const KernelChoice::Rated& candidate : layer.candidates) {
        entry["candidates"].push_back({{"choice", candidate.kernel},
                                       {"milliseconds", measured[layer.layer][candidate.kernel]},
                                       {"predicted_megacycles", candidate.cycles * 1e-6}});
      }
      list_[layer.layer] = std::move(entry);
    }
  }

  /// The network as a whole, untuned and with all that was chosen: what is slower together is given up.
  Tuned finish() {
    Choices chosen = std::exchange(taken_, {});
    const auto [before, after] = compare("the network", changed_ > 0 ? chosen : Choices{}, options_.tasks);
    Tuned result;
    result.untuned_milliseconds = result.tuned_milliseconds = before.network;
    if (changed_ > 0 && after.network < before.network) {
      result.changed = changed_;
      result.tuned_milliseconds = after.network;
    } else {
      for (auto& [layer, entry] : list_.items()) {
        if (entry.contains("untuned_choice")) entry["choice"] = chosen[layer] = entry["untuned_choice"];
      }
    }
    result.choices = std::move(chosen);
    const Json json = {{"format", format},
                       {"tool", {{"name", "intaglio"}, {"version", tool_version}}},
                       {"model", untuned_.generated_as.source},
                       {"target", options_.target->name},
                       {"untuned_milliseconds", result.untuned_milliseconds},
                       {"tuned_milliseconds", result.tuned_milliseconds},
                       {"layers", list_}};
    result.file = json.dump(1, ' ') + "\n";
    return result;
  }

 private:
  static constexpr double seconds = 1;        // per variant, of which the minimum counts
  static constexpr double must_save = 0.985;  // of a layer's time: less is noise

  std::vector<KernelChoice> choices_of(KernelChoice::Of kind, int64_t tasks) const {
    // The fastest by the cost model. In eleven networks the fastest by the clock was the 16th of them at most,
    // predicted to take 1.14 times as long as the untuned one.
    constexpr size_t most_candidates = 24;
    LoweringOptions lowering = options_.lowering;
    lowering.tuning = taken_;
    std::vector<KernelChoice> layers =
        lower_and_plan(untuned_.graph, *options_.target, lowering, tasks).program.choices;
    std::erase_if(layers, [&](const KernelChoice& layer) { return layer.of != kind; });
    for (KernelChoice& layer : layers) layer.candidates.resize(std::min(layer.candidates.size(), most_candidates));
    return layers;
  }

  /// What was chosen before, and the same with `winners`, turn by turn: variants ran one after another, while the
  /// machine may have changed its pace, so that winners have to win again. Without any, what there is alone.
  std::pair<Times, Times> compare(std::string_view what, const Choices& winners, int64_t tasks) const {
    constexpr int rounds = 4;
    Times before, after;
    const Progress progress(fmt::format("tuning {}: winners", what));
    print_detail(fmt::format("tuning {}: winners", what));
    Choices both = taken_;
    for (const auto& [layer, choice] : winners) both[layer] = choice;
    const Variant first(untuned_, options_, native_, taken_, tasks);
    std::optional<Variant> second;
    if (!winners.empty()) second.emplace(untuned_, options_, native_, both, tasks);
    for (int round = 0; round < rounds; ++round) {
      keep_minimum(before, first.time(inputs_, seconds / 2));
      if (second) keep_minimum(after, second->time(inputs_, seconds / 2));
    }
    return {before, after};
  }

  const Compiled& untuned_;
  const CompileOptions& options_;
  const NativeOptions& native_;
  const std::vector<TensorData> inputs_ = generated_inputs(untuned_.graph, 1);
  Choices taken_;
  Json list_ = Json::object();
  size_t changed_ = 0;
};

}  // namespace

Tuned tune(const Compiled& untuned, const CompileOptions& options, const NativeOptions& native) {
  Tuning tuning(untuned, options, native);
  tuning.choose(KernelChoice::Of::kernel, "kernels", 1);
  tuning.choose(KernelChoice::Of::bands, "bands", options.tasks);
  if (options.tasks > 1) tuning.choose(KernelChoice::Of::tasks, "tasks", options.tasks);
  return tuning.finish();
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
