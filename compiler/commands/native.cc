// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/native.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "backend/emitter.h"
#include "backend/interface.h"
#include "commands/command_files.h"
#include "commands/files.h"
#include "commands/native_timing.h"
#include "commands/progress.h"
#include "support/error.h"
#include "support/shell.h"
#include "target/host.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

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
  const bool timed = purpose != NativeModel::Purpose::outputs;
  if (timed) text += timing_functions(program);
  text += fmt::format("int main(int argc, char** argv) {{\n  if (argc < {}) return 2;\n", timed ? 3 : 2);
  if (timed) text += timing_preparation(program);
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
  if (timed) return text + timing_runs(program, name);
  text += fmt::format("  const int status = {}_run(&memory, &io);\n  if (status != 0) return 10 + status;\n", name);
  for (size_t i = 0; i < program.outputs.size(); ++i) {
    text += fmt::format("  if (transfer(argv[1], \"out{}\", \"wb\", io.{}, {})) return 3;\n", i, names.outputs[i],
                        program[program.outputs[i].buffer].bytes());
  }
  return text + "  return 0;\n}\n";
}

}  // namespace

std::string native_flags(const NativeOptions& options, const Target& target) {
  std::string flags = options.cxx_flags.empty() ? "-O2" : options.cxx_flags;
  for (std::string_view flag : target.compile_flags) flags += fmt::format(" {}", flag);
  return flags;
}

NativeModel::NativeModel(const Compiled& compiled, const Target& target, const NativeOptions& options, Purpose purpose)
    : runner_(options.runner),
      steps_(compiled.planned.program.steps.size()),
      inputs_(compiled.planned.program.inputs),
      outputs_(compiled.planned.program.outputs) {
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
  std::string flags = native_flags(options, target);
  if (purpose != Purpose::outputs) {
    std::ofstream(folder_.path() / "rates.h") << command_file("bench/rates.h");
    flags += " -pthread";
  }
  if (purpose == Purpose::timing) {
    std::ofstream(folder_.path() / "step-hook.h")
        << step_hook(make_interface(compiled.planned.program, compiled.generated_as.name));
    flags += " -include step-hook.h";
  }
  const Progress progress(fmt::format("build the generated code with {}", cxx));
  print_detail(fmt::format("build the generated code: {} {}", cxx, flags));
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

Samples NativeModel::samples(const std::vector<TensorData>& inputs, double seconds, Besides besides) const {
  const char* const arguments[] = {"", " pin", " rates"};
  execute(inputs, fmt::format(" {}{}", seconds, arguments[static_cast<size_t>(besides)]));
  const std::string bytes = read_file(folder_.path() / "times");
  std::vector<double> numbers(bytes.size() / sizeof(double));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(double));
  const size_t columns = 1 + steps_;
  require(numbers.size() >= 3 + columns && (numbers.size() - 3) % columns == 0, "a timed program wrote whole runs");
  Samples result{numbers[0], numbers[1], numbers[2] != 0, {}, {}};
  for (auto run = numbers.begin() + 3; run != numbers.end(); run += static_cast<ptrdiff_t>(columns)) {
    result.whole.push_back(*run);
    result.steps.emplace_back(run + 1, run + static_cast<ptrdiff_t>(columns));
  }
  return result;
}

std::vector<double> NativeModel::time(const std::vector<TensorData>& inputs, double seconds) const {
  const Samples measured = samples(inputs, seconds, Besides::nothing);
  std::vector<double> fewest{std::ranges::min(measured.whole)};
  for (size_t step = 0; step < steps_; ++step) {
    fewest.push_back(std::ranges::min(measured.steps, {}, [&](const auto& run) { return run[step]; })[step]);
  }
  return fewest;
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
