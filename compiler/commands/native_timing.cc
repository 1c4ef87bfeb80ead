// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/native_timing.h"

#include <fmt/format.h>

namespace intaglio {

std::string step_hook(const Interface& names) {
  return fmt::format("extern \"C\" void timed_step(int step);\n#define {}_ON_STEP(step) timed_step(step);\n",
                     names.upper);
}

std::string timing_functions(const Program& program) {
  std::string text = "\n#include \"rates.h\"\n";
  text += R"(static double milliseconds(void) { return rates::seconds() * 1e3; }
static double* this_run;  // of every step
static int running = -1;
static double since;
extern "C" void timed_step(int step) {
  const double time = milliseconds() - since;
  if (running >= 0) this_run[running] = time;
  running = step;
  since = milliseconds();
}
)";
  if (program.tasks > 1) text += "#include \"intaglio/threads.h\"\n";
  return text;
}

std::string timing_preparation(const Program& program) {
  return fmt::format(R"(  double known[3] = {{0, 0, 0}};
  if (argc > 3) known[2] = rates::pin({0}) ? 1 : 0;
  if (argc > 3 && strcmp(argv[3], "rates") == 0) {{
    known[0] = rates::multiply_add_gflops({0});
    known[1] = rates::memory_gbps({0});
  }}
)",
                     program.tasks);
}

std::string timing_runs(const Program& program, const std::string& name) {
  const bool parallel = program.tasks > 1;
  std::string text;
  if (parallel) {
    text += fmt::format("  intaglio::Threads pool({});\n  const intaglio_parallel parallel = pool.parallel();\n",
                        program.tasks);
  }
  return text + fmt::format(R"(
  const size_t columns = 1 + {0}, most = size_t{{1}} << 24;
  std::vector<double> samples, row(columns);
  this_run = row.data() + 1;
  const double until = milliseconds() + atof(argv[2]) * 1e3;
  for (int runs = 0; runs < 3 || (milliseconds() < until && samples.size() < most); ++runs) {{
    running = -1;
    for (double& time : row) time = 0;
    const double start = milliseconds();
    const int status = {1};
    if (status != 0) return 10 + status;
    timed_step(-1);
    row[0] = milliseconds() - start;
    if (runs > 0) samples.insert(samples.end(), row.begin(), row.end());
  }}
  if (transfer(argv[1], "times", "wb", known, sizeof known)) return 3;
  return transfer(argv[1], "times", "ab", samples.data(), samples.size() * sizeof(double)) ? 3 : 0;
}}
)",
                            program.steps.size(),
                            parallel ? name + "_run_parallel(&memory, &io, &parallel)" : name + "_run(&memory, &io)");
}

}  // namespace intaglio
