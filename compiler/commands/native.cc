// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/native.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "backend/emitter.h"
#include "backend/interface.h"
#include "commands/files.h"
#include "support/error.h"
#include "support/shell.h"
#include "target/host.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

/// Included before the generated code that is to be timed.
std::string step_hook(const Interface& names) {
  return fmt::format("extern \"C\" void timed_step(int step);\n#define {}_ON_STEP(step) timed_step(step);\n",
                     names.upper);
}

/// Runs the network for argv[2] seconds, on as many threads as it has tasks, and writes the fewest milliseconds of the
/// whole and of every step to `times`; 0 for steps that run with the one before them.
/// A first run warms caches and is not counted.
std::string timing(const std::string& name, size_t steps, bool parallel) {
  return fmt::format(R"(
  const double until = milliseconds() + atof(argv[2]) * 1e3;
  double whole = 1e30;
  for (int i = 0; i < {1}; ++i) fewest[i] = 1e30;
  for (int runs = 0; runs < 3 || milliseconds() < until; ++runs) {{
    running = -1;
    const double start = milliseconds();
    const int status = {2};
    if (status != 0) return 10 + status;
    timed_step(-1);
    const double time = milliseconds() - start;
    if (runs > 0 && time < whole) whole = time;
  }}
  char path[4096];
  snprintf(path, sizeof path, "%s/times", argv[1]);
  FILE* stream = fopen(path, "w");
  if (!stream) return 3;
  fprintf(stream, "%.17g\n", whole);
  for (int i = 0; i < {1}; ++i) fprintf(stream, "%.17g\n", fewest[i] < 1e30 ? fewest[i] : 0.0);
  return fclose(stream) != 0 ? 3 : 0;
}}
)",
                     name, steps,
                     parallel ? name + "_run_parallel(&memory, &io, &parallel)" : name + "_run(&memory, &io)");
}

std::string timer(size_t steps) {
  return fmt::format(R"(
#include <time.h>
static double fewest[{}];
static double milliseconds(void) {{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}}
static int running = -1;
static double since;
extern "C" void timed_step(int step) {{
  const double time = milliseconds() - since;
  if (running >= 0 && time < fewest[running]) fewest[running] = time;
  running = step;
  since = milliseconds();
}}
)",
                     std::max<size_t>(1, steps));
}

/// The program around the generated code: reads in0, in1, ... and writes out0, out1, ... or `times` in the folder given
/// as argument. The arena is filled with NaN patterns, because its contents are undefined for the generated code.
std::string driver(const Compiled& compiled, NativeModel::Purpose purpose) {
  const Program& program = compiled.planned.program;
  const std::string& name = compiled.generated_as.name;
  const Interface names = make_interface(program, name);
  std::string text =
      fmt::format("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include \"{}\"\n", names.header);
  text += R"(
static void* buffer(size_t bytes) {
  void* memory = aligned_alloc(64, (bytes / 64 + 1) * 64);
  if (memory) memset(memory, 0xff, (bytes / 64 + 1) * 64);
  return memory;
}
static int transfer(const char* folder, const char* file, const char* mode, void* data, size_t bytes) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, file);
  FILE* stream = fopen(path, mode);
  if (!stream) return 1;
  const size_t done = mode[0] == 'r' ? fread(data, 1, bytes, stream) : fwrite(data, 1, bytes, stream);
  return fclose(stream) != 0 || done != bytes;
}
)";
  const bool timed = purpose == NativeModel::Purpose::timing;
  const bool parallel = timed && program.tasks > 1;
  if (timed) text += timer(program.steps.size());
  if (parallel) text += "#include \"intaglio/threads.h\"\n";
  text += fmt::format("int main(int argc, char** argv) {{\n  if (argc != {}) return 2;\n", timed ? 3 : 2);
  text += fmt::format(
      "  {0}_memory memory;\n  {0}_io io;\n  memory.arena = buffer({1}_ARENA_BYTES);\n  memory.weights = 0;\n", name,
      names.upper);
  if (compiled.generated_as.weights == WeightStorage::external) {
    text += fmt::format(
        "  void* weights = buffer({1}_WEIGHTS_BYTES);\n  if (transfer(argv[1], \"{0}_weights.bin\", \"rb\", weights, "
        "{1}_WEIGHTS_BYTES)) return 3;\n"
        "  if ({0}_check_weights(weights, {1}_WEIGHTS_BYTES)) return 4;\n  memory.weights = weights;\n",
        name, names.upper);
  }
  if (lay_out_prepared(program).bytes > 0) {
    text += fmt::format(
        "  void* prepared = buffer({1}_PREPARED_BYTES);\n  if ({0}_prepare(prepared, memory.weights)) return 5;\n  "
        "memory.prepared = prepared;\n",
        name, names.upper);
  }
  for (size_t i = 0; i < program.inputs.size(); ++i) {
    const int64_t bytes = program[program.inputs[i].buffer].bytes();
    text += fmt::format(
        "  {{ void* p = buffer({1}); if (transfer(argv[1], \"in{0}\", \"rb\", p, {1})) return 3; io.{2} = "
        "static_cast<{3}*>(p); }}\n",
        i, bytes, names.inputs[i], c_type(program.inputs[i].type));
  }
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    text += fmt::format("  io.{} = static_cast<{}*>(buffer({}));\n", names.outputs[i], c_type(program.outputs[i].type),
                        program[program.outputs[i].buffer].bytes());
  }
  if (parallel) {
    text += fmt::format("  intaglio::Threads pool({});\n  const intaglio_parallel parallel = pool.parallel();\n",
                        program.tasks);
  }
  if (timed) return text + timing(name, program.steps.size(), parallel);
  text += fmt::format("  const int status = {}_run(&memory, &io);\n  if (status != 0) return 10 + status;\n", name);
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    text += fmt::format("  if (transfer(argv[1], \"out{}\", \"wb\", io.{}, {})) return 3;\n", i, names.outputs[i],
                        program[program.outputs[i].buffer].bytes());
  }
  return text + "  return 0;\n}\n";
}

}  // namespace

NativeModel::NativeModel(const Compiled& compiled, const Target& target, const NativeOptions& options, Purpose purpose)
    : runner_(options.runner), inputs_(compiled.planned.program.inputs), outputs_(compiled.planned.program.outputs) {
  if (options.runner.empty() && !host_runs(target)) {
    fail(fmt::format("--target {}", target.name),
         fmt::format("this machine cannot run code for {}", target.description),
         "choose a target that it has, or name an emulator with --runner");
  }
  std::string sources;
  for (const GeneratedFile& file : compiled.files) {
    write_generated(folder_.path(), file);
    if (fs::path(file.path).extension() == ".cpp") sources += " " + shell_quoted(file.path);
  }
  std::ofstream(folder_.path() / "run-model.cpp") << driver(compiled, purpose);
  const std::string cxx = cxx_compiler(options.cxx);
  std::string flags = options.cxx_flags.empty() ? "-O2" : options.cxx_flags;
  for (std::string_view flag : target.compile_flags) flags += fmt::format(" {}", flag);
  if (purpose == Purpose::timing) {
    std::ofstream(folder_.path() / "step-hook.h")
        << step_hook(make_interface(compiled.planned.program, compiled.generated_as.name));
    flags += " -include step-hook.h";
    if (compiled.planned.program.tasks > 1) flags += " -pthread";
  }
  const std::string command = fmt::format("cd {} && {} {} -I. -o run-model run-model.cpp{} > build-log 2>&1",
                                          shell_quoted(folder_.path().string()), cxx, flags, sources);
  if (run_shell(command) != 0) {
    std::string log = read_file(folder_.path() / "build-log");
    if (log.size() > 4000) log = log.substr(0, 4000) + "\n...";
    fail(cxx, "building the generated code failed:\n" + log, "choose a compiler with --cxx and flags with --cxxflags");
  }
}

void NativeModel::execute(const std::vector<TensorData>& inputs, const std::string& arguments) const {
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::ofstream file(folder_.path() / fmt::format("in{}", i), std::ios::binary);
    file.write(reinterpret_cast<const char*>(inputs[i].bytes().data()),
               static_cast<std::streamsize>(inputs[i].bytes().size()));
  }
  const std::string command = fmt::format("cd {} && {} ./run-model .{} > run-log 2>&1",
                                          shell_quoted(folder_.path().string()), runner_, arguments);
  const int status = run_shell(command);
  if (status != 0) {
    const std::string how = WIFEXITED(status) ? fmt::format("exit status {}", WEXITSTATUS(status))
                                              : fmt::format("signal {}", WTERMSIG(status));
    fail("generated program", fmt::format("failed with {}\n{}", how, read_file(folder_.path() / "run-log")));
  }
}

std::vector<double> NativeModel::time(const std::vector<TensorData>& inputs, double seconds) const {
  execute(inputs, fmt::format(" {}", seconds));
  std::istringstream lines(read_file(folder_.path() / "times"));
  return {std::istream_iterator<double>(lines), {}};
}

std::vector<TensorData> NativeModel::run(const std::vector<TensorData>& inputs) const {
  execute(inputs, "");
  std::vector<TensorData> outputs;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const std::string bytes = read_file(folder_.path() / fmt::format("out{}", i));
    const auto* data = reinterpret_cast<const std::byte*>(bytes.data());
    outputs.emplace_back(outputs_[i].type, outputs_[i].shape, std::vector<std::byte>(data, data + bytes.size()));
  }
  return outputs;
}

}  // namespace intaglio
