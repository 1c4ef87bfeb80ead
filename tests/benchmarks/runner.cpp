// Times a network that Intaglio generated under the name `net`, as a worker of compare.py (protocol: worker.py).
// Usage: runner THREADS INPUT_FILE... OUTPUT_FILE... with raw tensors; output files are written after every command.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "net.h"
#ifdef NET_TASKS
#include "intaglio/threads.h"
#endif

namespace {

using Clock = std::chrono::steady_clock;

// A warm-up takes this part of a round, and a round has at least this many timed runs.
constexpr double WARM_UP = 0.2;
constexpr size_t FEWEST_RUNS = 3;

double milliseconds(Clock::time_point from) {
  return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
}

[[noreturn]] void fail(const char* what) {
  std::printf("{\"error\": \"%s\"}\n", what);
  std::exit(1);
}

template <typename T>
std::vector<T> read_file(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (!file) fail("cannot open an input file");
  std::fseek(file, 0, SEEK_END);
  std::vector<T> values(static_cast<size_t>(std::ftell(file)) / sizeof(T));
  std::rewind(file);
  if (std::fread(values.data(), sizeof(T), values.size(), file) != values.size()) fail("cannot read an input file");
  std::fclose(file);
  return values;
}

/// The largest resident set of this program so far, in KiB.
long peak_kib() {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  long result = 0;
  char line[256];
  while (file && std::fgets(line, sizeof line, file)) std::sscanf(line, "VmHWM: %ld", &result);
  if (file) std::fclose(file);
  return result;
}

}  // namespace

NET_ARENA(arena);

int main(int count, char** arguments) {
  const int threads = std::atoi(arguments[1]);
  if (count != 2 + NET_INPUTS + NET_OUTPUTS) fail("wrong number of inputs and outputs");
  std::vector<std::vector<char>> inputs;
  for (int i = 0; i < NET_INPUTS; ++i) inputs.push_back(read_file<char>(arguments[2 + i]));
  // The files hold the expected outputs before the first run: they say how large the outputs are.
  std::vector<std::vector<char>> outputs;
  for (int i = 0; i < NET_OUTPUTS; ++i) outputs.push_back(read_file<char>(arguments[2 + NET_INPUTS + i]));
  for (std::vector<char>& output : outputs) std::memset(output.data(), 0xff, output.size());

  // The interface structure is one pointer per input and output, in graph order.
  const void* pointers[NET_INPUTS + NET_OUTPUTS];
  for (int i = 0; i < NET_INPUTS; ++i) pointers[i] = inputs[i].data();
  for (int i = 0; i < NET_OUTPUTS; ++i) pointers[NET_INPUTS + i] = outputs[i].data();
  net_io io;
  static_assert(sizeof io == sizeof pointers, "one pointer per tensor");
  std::memcpy(&io, pointers, sizeof io);
  const net_memory memory = {arena, nullptr};

  const auto write_outputs = [&] {
    for (int i = 0; i < NET_OUTPUTS; ++i) {
      std::FILE* file = std::fopen(arguments[2 + NET_INPUTS + i], "wb");
      if (!file) fail("cannot write an output file");
      std::fwrite(outputs[i].data(), 1, outputs[i].size(), file);
      std::fclose(file);
    }
  };

  const Clock::time_point begin = Clock::now();
#ifdef NET_TASKS
  intaglio::Threads pool(threads);
  const intaglio_parallel parallel = pool.parallel();
  const auto run = [&] {
    if (net_run_parallel(&memory, &io, &parallel) != NET_OK) fail("net_run_parallel refused");
  };
#else
  if (threads != 1) fail("generated for one thread");
  const auto run = [&] {
    if (net_run(&memory, &io) != NET_OK) fail("net_run refused");
  };
#endif
  run();
  const double first = milliseconds(begin);
  write_outputs();
  std::printf("{\"first_result_ms\": %.4f, \"peak_kib\": %ld, \"base_kib\": 0, \"library_bytes\": 0}\n", first,
              peak_kib());
  std::fflush(stdout);

  char line[256];
  while (std::fgets(line, sizeof line, stdin)) {
    const double limit = std::atof(line) * 1e3;
    Clock::time_point start = Clock::now();
    do run();
    while (milliseconds(start) < WARM_UP * limit);
    std::vector<double> times;
    start = Clock::now();
    while (times.size() < FEWEST_RUNS || milliseconds(start) < limit) {
      const Clock::time_point one = Clock::now();
      run();
      times.push_back(milliseconds(one));
    }
    write_outputs();
    std::string text = "{\"times_ms\": [";
    for (size_t i = 0; i < times.size(); ++i) {
      char number[32];
      std::snprintf(number, sizeof number, "%s%.5f", i ? ", " : "", times[i]);
      text += number;
    }
    std::printf("%s], \"peak_kib\": %ld}\n", text.c_str(), peak_kib());
    std::fflush(stdout);
  }
  return 0;
}
