// The one error type of the compiler and the collector that lists every problem of a model in one run.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

namespace intaglio {

/// Exit statuses of the command line (docs/command-line.md).
enum class Exit : int { done = 0, failed = 1, usage = 2, internal = 3 };

/// One problem: what is wrong, where, and what the user can do about it.
struct Problem {
  std::string where;    ///< e.g. "net.onnx: node '/layer1/0/conv2/Conv' (layer1.0.conv2)"; may be empty
  std::string message;  ///< e.g. "Conv with 3 spatial dimensions is not supported"
  std::string help;     ///< remedy, shown on a line of its own; may be empty

  /// "error: where: message\nhelp: ...\n"
  std::string text() const;
};

/// Carries one or more problems to the command that reports them; `exit` becomes the process's status.
class Error : public std::runtime_error {
 public:
  explicit Error(Problem problem, Exit exit = Exit::failed);
  explicit Error(std::vector<Problem> problems, Exit exit = Exit::failed);

  const std::vector<Problem>& problems() const { return problems_; }
  Exit exit() const { return exit_; }

 private:
  std::vector<Problem> problems_;
  Exit exit_;
};

/// Throws Error{failed} with one problem.
[[noreturn]] void fail(std::string where, std::string message, std::string help = {});

/// A broken invariant of the compiler itself (exit status 3); never caused by input.
[[noreturn]] void internal_error(const std::string& message);

/// internal_error unless `condition`.
inline void require(bool condition, const char* message) {
  if (!condition) internal_error(message);
}

}  // namespace intaglio
