// What commands say on stderr beside errors: notes, what is under way, and with --verbose what was done.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "compile.h"

namespace intaglio {

/// --quiet (errors alone) and --verbose, which exclude each other.
void add_verbosity(CLI::App& app);

/// A line "note: ..." each, unless --quiet.
void print_notes(const std::vector<std::string>& notes);

/// What is under way while the object lives, in one line at the bottom of the terminal that later ones overwrite: only
/// where stderr is a terminal, and not with --quiet. One that ends takes the line with it.
class Progress {
 public:
  explicit Progress(const std::string& what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// What is under way now.
  void show(const std::string& what);
};

/// With --verbose: a line on stderr.
void print_detail(const std::string& text);

/// For CompileOptions::on_stage: shows the stages, and prints with --verbose what each did.
void watch_stages(CompileOptions& options);

}  // namespace intaglio
