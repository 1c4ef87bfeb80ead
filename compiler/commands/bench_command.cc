// intaglio bench: how long generated code takes here, as a whole and layer by layer, beside what the machine can do.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "backend/interface.h"
#include "backend/json_text.h"
#include "commands/bench_format.h"
#include "commands/commands.h"
#include "commands/onnxruntime_timing.h"
#include "commands/program_layers.h"
#include "ir/traffic.h"
#include "support/shell.h"

namespace intaglio {

namespace {

using BenchJson = nlohmann::ordered_json;

/// Programs take turns, so that a change of the machine's pace meets all of them.
constexpr int bench_rounds = 5;

struct BenchArguments {
  ModelArguments model;
  NativeArguments native;
  int64_t threads = 0;  ///< 0: as many as the machine has
  double seconds = 2;
  std::string against, python;
  bool json = false;
};

/// 1 to 4, then doubling, and the most.
std::vector<int64_t> thread_counts(int64_t most) {
  std::vector<int64_t> counts;
  for (int64_t count = 1; count < most; count = count < 4 ? count + 1 : 2 * count) counts.push_back(count);
  counts.push_back(most);
  return counts;
}

double least(const std::vector<double>& values) { return *std::ranges::min_element(values); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// 2e-6 * macs per millisecond are GFLOP/s.
double gflops(int64_t macs, double milliseconds) {
  return milliseconds > 0 ? 2e-6 * static_cast<double>(macs) / milliseconds : 0;
}

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string compiler_version(const std::string& cxx) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "version";
  if (run_shell(fmt::format("{} --version > {} 2>/dev/null", cxx, shell_quoted(file.string()))) != 0) return "unknown";
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

void append(std::vector<double>& all, const std::vector<double>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// All that was measured on one number of threads.
struct ThreadMeasurement {
  Compiled compiled;
  double peak = 0, bandwidth = 0;
  bool pinned = true;
  std::vector<double> whole;                // without the hook
  std::vector<double> hooked;               // the whole, with it
  std::vector<std::vector<double>> layers;  // per layer, per run
  OnnxRuntimeTiming::Times other;
};

ThreadMeasurement measure_threads(const CompileOptions& options, const BenchArguments& arguments,
                                  const OnnxRuntimeTiming* other) {
  ThreadMeasurement result{compile(options), 0, 0, true, {}, {}, {}, {}};
  const Compiled& compiled = result.compiled;
  const std::vector<Layer> layers = layers_of(compiled.planned.program);
  result.layers.resize(layers.size());
  const NativeModel whole(compiled, *options.target, arguments.native.options, NativeModel::Purpose::whole);
  const NativeModel stepwise(compiled, *options.target, arguments.native.options, NativeModel::Purpose::timing);
  const std::vector<TensorData> inputs = generated_inputs(compiled.graph, 1);
  const double seconds = arguments.seconds / bench_rounds;
  Progress progress("");
  for (int round = 0; round < bench_rounds; ++round) {
    progress.show(fmt::format("time {} threads: round {} of {}", options.tasks, round + 1, bench_rounds));
    const Samples plain = whole.samples(inputs, seconds, NativeModel::Besides::pinning_and_rates);
    result.peak = std::max(result.peak, plain.gflops);
    result.bandwidth = std::max(result.bandwidth, plain.gbps);
    result.pinned = result.pinned && plain.pinned;
    append(result.whole, plain.whole);
    if (other) {
      OnnxRuntimeTiming::Times times = other->time(options.tasks, seconds);
      times.milliseconds.insert(times.milliseconds.end(), result.other.milliseconds.begin(),
                                result.other.milliseconds.end());
      result.other = std::move(times);
    }
    const Samples steps = stepwise.samples(inputs, seconds, NativeModel::Besides::pinning);
    append(result.hooked, steps.whole);
    for (size_t i = 0; i < layers.size(); ++i) {
      for (const std::vector<double>& run : steps.steps) {
        double sum = 0;
        for (size_t step : layers[i].steps) sum += run[step];
        result.layers[i].push_back(sum);
      }
    }
  }
  return result;
}

BenchJson bench_layers_json(const ThreadMeasurement& measured) {
  const Program& program = measured.compiled.planned.program;
  BenchJson list = BenchJson::array();
  const std::vector<Layer> layers = layers_of(program);
  for (size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    int64_t bytes = 0;
    BenchJson kernels = BenchJson::array({kernel_name(program.steps[layer.main_step].kernel)});
    for (size_t step : layer.steps) {
      const Traffic moved = traffic(program, program.steps[step].kernel);
      bytes += moved.reads + moved.writes + moved.weights;
      const BenchJson name = kernel_name(program.steps[step].kernel);
      if (std::ranges::find(kernels, name) == kernels.end()) kernels.push_back(name);
    }
    const double minimum = least(measured.layers[i]);
    const double rate = gflops(layer.macs, minimum), gbps = share(1e-6 * static_cast<double>(bytes), minimum);
    list.push_back({{"name", layer.name},
                    {"what", layer.what},
                    {"kernels", std::move(kernels)},
                    {"steps", layer.steps.size()},
                    {"macs", layer.macs},
                    {"bytes", bytes},
                    {"minimum_ms", minimum},
                    {"median_ms", median(measured.layers[i])},
                    {"gflops", rate},
                    {"share_of_peak", share(rate, measured.peak)},
                    {"gbps", gbps},
                    {"share_of_bandwidth", share(gbps, measured.bandwidth)}});
  }
  return list;
}

BenchJson thread_json(const ThreadMeasurement& measured, int64_t macs) {
  BenchJson layers = bench_layers_json(measured);
  double sum = 0;
  for (const BenchJson& layer : layers) sum += layer["median_ms"].get<double>();
  const double minimum = least(measured.whole), rate = gflops(macs, minimum);
  return {{"threads", measured.compiled.planned.program.tasks},
          {"pinned", measured.pinned},
          {"runs", measured.whole.size()},
          {"minimum_ms", minimum},
          {"median_ms", median(measured.whole)},
          {"gflops", rate},
          {"share_of_peak", share(rate, measured.peak)},
          {"peak_gflops", measured.peak},
          {"bandwidth_gbps", measured.bandwidth},
          {"layers_ms", sum},
          {"layers_share", share(sum, median(measured.hooked))},
          {"layers", std::move(layers)}};
}

BenchJson against_json(const ThreadMeasurement& measured, int64_t macs) {
  const double minimum = least(measured.other.milliseconds), rate = gflops(macs, minimum);
  return {{"name", "onnxruntime"},
          {"version", measured.other.version},
          {"threads", measured.compiled.planned.program.tasks},
          {"runs", measured.other.milliseconds.size()},
          {"minimum_ms", minimum},
          {"median_ms", median(measured.other.milliseconds)},
          {"gflops", rate},
          {"share_of_peak", share(rate, measured.peak)},
          {"times_intaglio", share(minimum, least(measured.whole))}};
}

/// What a reader must know before trusting the numbers.
void add_doubts(const ThreadMeasurement& measured, const BenchJson& run, BenchJson& notes) {
  const std::string threads = fmt::format("{} thread{}", run["threads"].get<int64_t>(), run["threads"] == 1 ? "" : "s");
  const double sum = run["layers_share"], hook = share(median(measured.hooked), median(measured.whole));
  if (std::abs(sum - 1) > 0.05)
    notes.push_back(fmt::format("{}: the layers' times add up to {:.2f} of the whole", threads, sum));
  if (std::abs(hook - 1) > 0.05) {
    notes.push_back(fmt::format(
        "{}: with the hook that times layers a run takes {:.2f} of the time without it; the machine was busy, or the "
        "network is small",
        threads, hook));
  }
  if (!measured.pinned) notes.push_back(threads + ": could not be kept on as many processors");
  if (least(measured.whole) * 1.25 < median(measured.whole))
    notes.push_back(threads + ": the median is far above the least time; other programs were running");
}

BenchJson bench(const BenchArguments& arguments) {
  CompileOptions options = arguments.model.options();
  std::optional<OnnxRuntimeTiming> other;
  BenchJson json = {{"format", bench_format}, {"kind", "bench"}}, runs = BenchJson::array(),
            against = BenchJson::array(), notes = BenchJson::array();
  const int64_t most = arguments.threads > 0 ? arguments.threads : std::max(1U, std::thread::hardware_concurrency());
  for (int64_t threads : thread_counts(std::min<int64_t>(most, 64))) {
    options.tasks = threads;
    if (!arguments.against.empty() && !other) {
      const Graph graph = import_and_optimise(options).graph;
      other.emplace(arguments.python.empty() ? "python3" : shell_quoted(arguments.python), options.model, graph,
                    generated_inputs(graph, 1));
    }
    const ThreadMeasurement measured = measure_threads(options, arguments, other ? &*other : nullptr);
    const Program& program = measured.compiled.planned.program;
    if (threads == 1) {
      print_notes(measured.compiled.notes);
      const Interface names = make_interface(program, measured.compiled.generated_as.name);
      const BenchJson manifest = to_json(
          describe(program, measured.compiled.planned.arena, *options.target, names, measured.compiled.generated_as));
      for (const char* key : {"tool", "model", "options", "target"}) json[key] = manifest[key];
      const std::string cxx = cxx_compiler(arguments.native.options.cxx);
      json["machine"] = {{"processor", processor_name()}, {"processors", std::thread::hardware_concurrency()}};
      json["compiler"] = {{"command", cxx},
                          {"version", compiler_version(cxx)},
                          {"flags", native_flags(arguments.native.options, *options.target)},
                          {"runner", arguments.native.options.runner}};
      json["method"] = {
          {"seconds", arguments.seconds},
          {"warm_up_runs", bench_rounds},
          {"order", fmt::format("{} rounds, in each of which every program runs for its share", bench_rounds)}};
      json["macs"] = total_macs(program);
    }
    runs.push_back(thread_json(measured, json["macs"]));
    add_doubts(measured, runs.back(), notes);
    if (other) against.push_back(against_json(measured, json["macs"]));
  }
  json["threads"] = std::move(runs);
  json["against"] = std::move(against);
  json["notes"] = std::move(notes);
  return json;
}

void print_bench(const BenchJson& json) {
  const auto text = [](const BenchJson& value) { return value.get<std::string>(); };
  fmt::print("{} for {} on {}\nbuilt with {}, {}\n\n", text(json["model"]["name"]), text(json["target"]["name"]),
             text(json["machine"]["processor"]), text(json["compiler"]["version"]), text(json["compiler"]["flags"]));
  fmt::print("{:<20} {:>7} {:>10} {:>10} {:>9} {:>7} {:>6}\n", "", "threads", "least ms", "median ms", "GFLOP/s",
             "of peak", "runs");
  const auto row = [](const std::string& name, const BenchJson& run) {
    fmt::print("{:<20} {:>7} {:>10.3f} {:>10.3f} {:>9.1f} {:>6.1f}% {:>6}\n", name, run["threads"].get<int64_t>(),
               run["minimum_ms"].get<double>(), run["median_ms"].get<double>(), run["gflops"].get<double>(),
               100 * run["share_of_peak"].get<double>(), run["runs"].get<int64_t>());
  };
  for (size_t i = 0; i < json["threads"].size(); ++i) {
    row("intaglio", json["threads"][i]);
    if (i >= json["against"].size()) continue;
    const BenchJson& other = json["against"][i];
    row(fmt::format("{} {}", text(other["name"]), text(other["version"])), other);
  }
  for (size_t i = 0; i < json["against"].size(); ++i) {
    fmt::print("{} takes {:.2f} times as long on {} thread{}\n", text(json["against"][i]["name"]),
               json["against"][i]["times_intaglio"].get<double>(), json["against"][i]["threads"].get<int64_t>(),
               json["against"][i]["threads"] == 1 ? "" : "s");
  }
  const BenchJson& one = json["threads"][0];
  fmt::print("\nthe machine on one thread: {:.1f} GFLOP/s of multiply-adds, {:.1f} GB/s from memory\n\n",
             one["peak_gflops"].get<double>(), one["bandwidth_gbps"].get<double>());
  fmt::print("{:>9} {:>6} {:>9} {:>8} {:>7} {:>10}  {:<18} {}\n", "least ms", "share", "GFLOP/s", "of peak", "GB/s",
             "of memory", "kernel", "layer");
  for (const BenchJson& layer : one["layers"]) {
    const bool computes = layer["macs"] != 0;
    fmt::print("{:>9.3f} {:>5.1f}% {:>9} {:>8} {:>7.1f} {:>9.0f}%  {:<18} {}\n", layer["minimum_ms"].get<double>(),
               100 * share(layer["median_ms"], one["layers_ms"]),
               computes ? fmt::format("{:.1f}", layer["gflops"].get<double>()) : "-",
               computes ? fmt::format("{:.0f}%", 100 * layer["share_of_peak"].get<double>()) : "-",
               layer["gbps"].get<double>(), 100 * layer["share_of_bandwidth"].get<double>(), text(layer["kernels"][0]),
               text(layer["name"]));
  }
  fmt::print("\nthe layers' medians add up to {:.3f} ms, {:.3f} of a run with the hook that times them\n",
             one["layers_ms"].get<double>(), one["layers_share"].get<double>());
  for (const BenchJson& note : json["notes"]) fmt::print("note: {}\n", text(note));
}

}  // namespace

Command add_bench(CLI::App& app) {
  auto arguments = std::make_shared<BenchArguments>();
  arguments->model.add_to(app);
  arguments->native.add_to(app);
  app.add_option("--threads", arguments->threads, "Measure on 1 to this many threads (what the machine has)")
      ->check(CLI::Range(1, 64));
  app.add_option("--seconds", arguments->seconds, "For how long each program runs")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str();
  CLI::Option* against =
      app.add_option("--against", arguments->against, "Time another runtime side by side: onnxruntime")
          ->check(CLI::IsMember({"onnxruntime"}));
  for (const char* changed : {"--bind", "--outputs"}) against->excludes(app.get_option(changed));
  app.add_option("--python", arguments->python, "The Python that has onnxruntime (python3)")->needs(against);
  app.add_flag("--json", arguments->json, "As JSON, for `intaglio report --bench`");
  return [arguments] {
    const BenchJson json = bench(*arguments);
    if (arguments->json)
      fmt::print("{}\n", json_text(json));
    else
      print_bench(json);
    return Exit::done;
  };
}

}  // namespace intaglio
