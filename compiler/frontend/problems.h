// Collects the problems of one model, so that read_onnx reports all of them in a single Error.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "support/error.h"

namespace intaglio::frontend {

/// Text from a model as it may stand in a message or a comment: control characters become '?', long text is cut.
std::string printable(std::string_view text);

/// 'name', printable.
std::string in_quotes(std::string_view name);

class Problems {
 public:
  /// `file` as the user gave it; every problem's place starts with it.
  explicit Problems(std::string file) : file_(std::move(file)) {}

  /// `place` within the file, e.g. "input 'x'"; empty for the file as a whole.
  void add(const std::string& place, std::string message, std::string help = {});
  /// All problems of `error`, at `place` instead of where the error says.
  void add(const std::string& place, const Error& error);
  bool any() const { return !problems_.empty(); }
  /// Throws one Error with everything that was added, if anything was.
  void throw_if_any() const;

 private:
  std::string file_;
  std::vector<Problem> problems_;
};

}  // namespace intaglio::frontend
