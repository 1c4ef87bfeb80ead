// Builds generated code with a C++ compiler in a temporary folder and runs it on given inputs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>

#include "compile.h"
#include "support/files.h"

namespace intaglio {

struct NativeOptions {
  std::string cxx;        ///< --cxx; empty: $CXX, else c++
  std::string cxx_flags;  ///< --cxxflags; the target's flags are always added; empty: -O2
  std::string runner;     ///< --runner: command put in front of the program (an emulator)
};

/// Generated code, compiled and linked to a program that reads inputs from files
/// and writes outputs, or times, to files.
class NativeModel {
 public:
  enum class Purpose : uint8_t { outputs, timing };
  /// Throws Error when the C++ compiler fails; its messages are part of the error.
  NativeModel(const Compiled& compiled, const Target& target, const NativeOptions& options,
              Purpose purpose = Purpose::outputs);
  /// Runs once; throws Error when the program fails.
  std::vector<TensorData> run(const std::vector<TensorData>& inputs) const;
  /// Purpose::timing: runs for so many seconds. The fewest milliseconds of the whole network, then of every step.
  std::vector<double> time(const std::vector<TensorData>& inputs, double seconds) const;

 private:
  void execute(const std::vector<TensorData>& inputs, const std::string& arguments) const;

  TemporaryFolder folder_;
  std::string runner_;
  std::vector<Program::Port> inputs_, outputs_;
};

}  // namespace intaglio
