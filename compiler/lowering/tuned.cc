// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lowering/tuned.h"

#include <algorithm>

namespace intaglio::lowering {

TakenChoice take_choice(Program& program, const LoweringOptions& options, KernelChoice choice) {
  size_t taken = 0;
  if (const auto tuned = options.tuning.find(choice.layer); tuned != options.tuning.end()) {
    const auto found = std::ranges::find(choice.candidates, tuned->second, &KernelChoice::Rated::kernel);
    if (found != choice.candidates.end()) taken = found - choice.candidates.begin();
  }
  choice.chosen = choice.candidates[taken].kernel;
  std::vector<KernelChoice>& choices = program.choices;
  const auto known = std::ranges::find(choices, choice.layer, &KernelChoice::layer);
  const size_t index = known - choices.begin();
  if (known == choices.end()) choices.push_back(std::move(choice));
  return {taken, index};
}

}  // namespace intaglio::lowering
