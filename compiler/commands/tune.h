// Choosing kernels by measuring them on this machine, and the file that records the winners.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "commands/native.h"

namespace intaglio {

struct Tuned {
  std::map<std::string, std::string> choices;  ///< by layer, as in LoweringOptions::tuning
  size_t changed = 0;                          ///< choices that differ from the untuned ones
  std::string file;                            ///< NAME.tuning.json
  double untuned_milliseconds = 0, tuned_milliseconds = 0;
};

/// Builds the network with every candidate of every layer, times each layer where it stands, and compares the winners
/// with what was chosen before once more, the two side by side: first kernels and their tiles, on one thread, then the
/// rows of bands, then, with several tasks, which steps are cut into how many. Throws Error when the code does not run
/// here.
Tuned tune(const Compiled& untuned, const CompileOptions& options, const NativeOptions& native);

/// Choices of a NAME.tuning.json made for the target; Error when it is damaged or was made for another one.
std::map<std::string, std::string> read_tuning(const std::filesystem::path& file, const Target& target);

}  // namespace intaglio
