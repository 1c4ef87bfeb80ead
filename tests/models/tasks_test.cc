// With tasks, a step of a committed model is cut exactly when that pays, into shares that are even; small networks stay
// whole.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "lowering/step_cycles.h"
#include "models/model_files.h"
#include "planning.h"

namespace intaglio::testing {
namespace {

struct Counted {
  std::string network;
  double cycles = 0, largest = 0;   ///< predicted, of all steps and of the longest one
  int64_t sections = 0, tasks = 0;  ///< steps that are cut, and their parts
};

/// One file of each network, planned for so many tasks.
std::vector<Counted> count(const Target& target, int64_t tasks) {
  std::vector<Counted> result;
  for (const std::string& network : networks()) {
    const ModelFile file = model_files_of(network).front();
    const Program program = lower_and_plan(optimised(file, read_case(file)), target, {}, tasks).program;
    Counted counted{network};
    for (const Step& step : program.steps) {
      const double cycles = lowering::step_cycles(program, step, target);
      const auto parts = std::ssize(step.parts);
      counted.cycles += cycles;
      counted.largest = std::max(counted.largest, cycles);
      counted.sections += parts > 0;
      counted.tasks += parts;
      if (parts == 0) continue;
      EXPECT_GE(cycles, 2 * target.least_task_cycles) << network << ": " << step.comment;
      EXPECT_LE(static_cast<double>(std::min(parts, tasks)), cycles / target.least_task_cycles)
          << network << ": " << step.comment;
    }
    result.push_back(std::move(counted));
  }
  return result;
}

TEST(Tasks, StepsAreCutWhereThatPays) {
  const Target& target = *find_target("avx2");
  for (int64_t tasks : {2, 4}) {
    int64_t cut = 0;
    for (const Counted& counted : count(target, tasks)) {
      // What the tasks can save at most must be worth waking the threads.
      if (counted.cycles * (1 - 1 / static_cast<double>(tasks)) < target.wake_cycles)
        EXPECT_EQ(counted.tasks, 0) << counted.network;
      EXPECT_LE(counted.tasks, counted.sections * tasks * 3) << counted.network;
      cut += counted.sections > 0;
    }
    EXPECT_GT(cut, 0);
  }
}

TEST(Tasks, LargeStepsOfEveryKindAreCut) {
  Target target = *find_target("avx2");
  std::map<std::string_view, int64_t> whole;  // by kernel
  for (const std::string& network : networks()) {
    const ModelFile file = model_files_of(network).front();
    const Program program =
        lower_and_plan(optimised(file, read_case(file)), target, {.disabled = {Switch::task_costs}}, 2).program;
    for (const Step& step : program.steps) {
      if (step.parts.empty() && lowering::step_cycles(program, step, target) > 2 * target.least_task_cycles)
        ADD_FAILURE() << network << ": " << kernel_name(step.kernel) << ", " << step.name << ": " << step.comment;
    }
  }
}

}  // namespace
}  // namespace intaglio::testing
