// Google Benchmark of every step of compiled networks: what each kernel reaches at the layer shapes of the models
// given, in GFLOP/s and in percent of the multiply-add rate measured beside it, and in GB/s of what it reads and
// writes.
//
//   kernels_benchmark [--benchmark_filter=...] [--target=avx2] [--seconds=2] MODEL.onnx...
//
// A step is timed inside runs of its whole network, so that its weights and activations lie where they lie in use, not
// in a warm cache; its time is the least of all runs. Steps of a model that are the same work count once.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "commands/files.h"
#include "compile.h"
#include "ir/traffic.h"
#include "support/error.h"
#include "support/files.h"
#include "support/library.h"

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

struct StepTimes {
  std::vector<double> least;  ///< seconds
  int running = -1;
  Clock::time_point since;

  void next(int step) {
    const Clock::time_point now = Clock::now();
    if (running >= 0) least[running] = std::min(least[running], std::chrono::duration<double>(now - since).count());
    running = step;
    since = Clock::now();
  }
};

StepTimes* current = nullptr;

/// Memory for the generated code: aligned, and touched before anything is timed.
struct Aligned {
  std::unique_ptr<void, decltype(&std::free)> memory{nullptr, &std::free};
  explicit Aligned(int64_t bytes) {
    // In huge pages, where the system has them: weights that stream from memory otherwise wait for address translation,
    // a tenth of ResNet-18's time.
    constexpr size_t page = 2 << 20;
    const size_t alignment = static_cast<size_t>(bytes) < page ? 64 : page;
    const size_t whole = (static_cast<size_t>(bytes) / alignment + 1) * alignment;
    memory.reset(std::aligned_alloc(alignment, whole));
    if (alignment == page) madvise(memory.get(), whole, MADV_HUGEPAGE);
    std::memset(memory.get(), 0, whole);
  }
};

/// Shape of NAME_memory: pointers to the arena and the weights.
struct Memory {
  void* arena;
  const void* weights;
};

/// The generated code and, beside it, what measures the multiply-add rate.
intaglio::testing::Library build(const intaglio::Compiled& compiled, const intaglio::Target& target,
                                 const fs::path& folder) {
  std::vector<std::string> sources{"peak.cpp"};
  for (const intaglio::GeneratedFile& file : compiled.files) {
    intaglio::write_generated(folder, file);
    if (fs::path(file.path).extension() == ".cpp") sources.push_back(file.path);
  }
  std::ofstream(folder / "hook.h") << "extern \"C\" void intaglio_benchmark_step(int);\n"
                                      "#define NET_ON_STEP(step) intaglio_benchmark_step(step);\n";
  std::ofstream(folder / "peak.cpp") << "#include \"" INTAGLIO_TESTS_DIR
                                        "/../assets/bench/rates.h\"\n"
                                        "extern \"C\" double intaglio_benchmark_gflops() { return "
                                        "rates::multiply_add_gflops(1); }\n";
  std::string flags = "-O2 -include hook.h";
  for (std::string_view flag : target.compile_flags) flags += fmt::format(" {}", flag);
  return {folder, sources, flags};
}

struct Row {
  std::string name;
  double seconds = 0, flops = 0, bytes = 0, peak = 0;
};

/// Runs a network for `seconds` and adds a row for every kind of step.
void measure(const fs::path& model, const intaglio::Target& target, double seconds, std::vector<Row>& rows) {
  intaglio::CompileOptions options;
  options.model = model;
  options.name = "net";
  options.target = &target;
  options.weights = intaglio::WeightStorage::external;
  const intaglio::Compiled compiled = intaglio::compile(options);
  const intaglio::Program& program = compiled.planned.program;
  const intaglio::TemporaryFolder folder;
  const intaglio::testing::Library library = build(compiled, target, folder.path());
  auto* run = library.symbol<int(const Memory*, const void*)>("net_run");
  auto* peak_gflops = library.symbol<double()>("intaglio_benchmark_gflops");

  const std::string weights =
      contents_of(*std::ranges::find(compiled.files, "net_weights.bin", &intaglio::GeneratedFile::path));
  Aligned arena(compiled.planned.plan.peak_bytes), packed(static_cast<int64_t>(weights.size()));
  std::memcpy(packed.memory.get(), weights.data(), weights.size());
  const Memory memory{arena.memory.get(), packed.memory.get()};
  std::vector<Aligned> ports;
  std::vector<void*> io;  // NAME_io: one pointer for every input, then for every output
  for (const intaglio::TensorData& input : intaglio::generated_inputs(compiled.graph, 1)) {
    ports.emplace_back(static_cast<int64_t>(input.bytes().size()));
    std::memcpy(ports.back().memory.get(), input.bytes().data(), input.bytes().size());
    io.push_back(ports.back().memory.get());
  }
  for (const auto& output : program.outputs) {
    ports.emplace_back(program[output.buffer].bytes());
    io.push_back(ports.back().memory.get());
  }

  StepTimes times{std::vector<double>(program.steps.size(), 1e9), -1, {}};
  current = &times;
  double peak = 0;
  const Clock::time_point start = Clock::now();
  do {
    times.running = -1;
    if (const int status = run(&memory, io.data()); status != 0) {
      intaglio::fail(model.string(), fmt::format("the generated code returned {}", status));
    }
    times.next(-1);
    peak = std::max(peak, 1e9 * peak_gflops());
  } while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);

  std::map<std::string, size_t> seen;
  for (size_t i = 0; i < program.steps.size(); ++i) {
    const intaglio::Step& step = program.steps[i];
    const intaglio::Traffic traffic = intaglio::traffic(program, step.kernel);
    Row row{fmt::format("{}/{}/{}", model.stem().string(), intaglio::kernel_name(step.kernel), step.comment),
            times.least[i], 2.0 * static_cast<double>(step.macs),
            static_cast<double>(traffic.reads + traffic.writes + traffic.weights), peak};
    const auto [place, fresh] = seen.try_emplace(row.name, rows.size());
    if (fresh)
      rows.push_back(row);
    else if (row.seconds < rows[place->second].seconds)
      rows[place->second] = row;
  }
}

void report(const Row& row) {
  benchmark::RegisterBenchmark(row.name.c_str(),
                               [row](benchmark::State& state) {
                                 for (auto _ : state) state.SetIterationTime(row.seconds);
                                 if (row.flops > 0) {
                                   state.counters["GFLOP/s"] = row.flops / row.seconds * 1e-9;
                                   state.counters["% of peak"] = 100 * row.flops / row.seconds / row.peak;
                                 }
                                 state.counters["GB/s"] = row.bytes / row.seconds * 1e-9;
                               })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

extern "C" void intaglio_benchmark_step(int step) { current->next(step); }

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  std::string target_name = "avx2";
  double seconds = 2;
  std::vector<fs::path> models;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument.starts_with("--target="))
      target_name = argument.substr(9);
    else if (argument.starts_with("--seconds="))
      seconds = std::atof(argument.c_str() + 10);
    else
      models.emplace_back(argument);
  }
  const intaglio::Target* target = intaglio::find_target(target_name);
  if (target == nullptr || models.empty()) {
    fmt::print(stderr, "usage: {} [--target=NAME] [--seconds=S] [--benchmark_...] MODEL.onnx...\n", arguments[0]);
    return 2;
  }
  std::vector<Row> rows;
  try {
    for (const fs::path& model : models) measure(model, *target, seconds, rows);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  for (const Row& row : rows) report(row);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
