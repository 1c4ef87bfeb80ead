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

/// All flags that generated code is compiled with.
std::string native_flags(const NativeOptions& options, const Target& target);

/// What a timed program measured, in the order of its runs; the first one, which warms caches, is not among them.
struct Samples {
  double gflops = 0, gbps = 0;  ///< of the machine, on as many threads; 0 unless asked for
  bool pinned = false;          ///< threads stayed on as many processors
  std::vector<double> whole;    ///< milliseconds
  /// Milliseconds of every step; 0 for one that runs with the step before it, and for all when the hook was off.
  std::vector<std::vector<double>> steps;
};

/// Generated code, compiled and linked to a program that reads inputs from files
/// and writes outputs, or times, to files.
class NativeModel {
 public:
  /// To run once; to time the whole, without the hook that is called before every step; or to time steps through it.
  enum class Purpose : uint8_t { outputs, whole, timing };
  /// Throws Error when the C++ compiler fails; its messages are part of the error.
  NativeModel(const Compiled& compiled, const Target& target, const NativeOptions& options,
              Purpose purpose = Purpose::outputs);
  /// Runs once; throws Error when the program fails.
  std::vector<TensorData> run(const std::vector<TensorData>& inputs) const;
  /// Not of Purpose::outputs: runs for so many seconds, on as many threads as the program has tasks.
  enum class Besides : uint8_t { nothing, pinning, pinning_and_rates };
  Samples samples(const std::vector<TensorData>& inputs, double seconds, Besides besides) const;
  /// The same: the fewest milliseconds of the whole network, then of every step.
  std::vector<double> time(const std::vector<TensorData>& inputs, double seconds) const;

 private:
  void execute(const std::vector<TensorData>& inputs, const std::string& arguments) const;

  TemporaryFolder folder_;
  std::string runner_;
  size_t steps_;
  std::vector<Program::Port> inputs_, outputs_;
};

}  // namespace intaglio
