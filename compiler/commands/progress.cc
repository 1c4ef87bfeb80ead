// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace intaglio {

namespace {

/// Of this process: a command line has one.
bool is_quiet = false, is_verbose = false;
std::string line;  // that the terminal shows at the bottom

bool on_terminal() {
  static const bool terminal = [] {
    const char* kind = std::getenv("TERM");
    return isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view(kind) != "dumb";
  }();
  return terminal && !is_quiet;
}

/// `text` instead of the line; empty: none.
void set_line(std::string text) {
  if (!on_terminal() || text == line) return;
  constexpr size_t most = 78;  // a longer line would not be overwritten
  if (text.size() > most) text = text.substr(0, most - 3) + "...";
  fmt::print(stderr, "\r\x1b[K{}", text);
  std::fflush(stderr);
  line = std::move(text);
}

/// A whole line of text, above the one that shows progress.
void print_above(const std::string& text) {
  const std::string below = line;
  set_line("");
  fmt::print(stderr, "{}\n", text);
  set_line(below);
}

}  // namespace

void add_verbosity(CLI::App& app) {
  auto* quiet = app.add_flag("--quiet", is_quiet, "Print no notes and no progress, only results and errors");
  app.add_flag("--verbose", is_verbose, "Print what each stage did to stderr")->excludes(quiet);
}

void print_notes(const std::vector<std::string>& notes) {
  if (is_quiet) return;
  for (const std::string& note : notes) print_above("note: " + note);
}

Progress::Progress(const std::string& what) { set_line(what); }
Progress::~Progress() { set_line(""); }
void Progress::show(const std::string& what) { set_line(what); }

void print_detail(const std::string& text) {
  if (is_verbose) print_above(text);
}

void watch_stages(CompileOptions& options) {
  // Lives as long as stages are under way.
  const auto shown = std::make_shared<std::unique_ptr<Progress>>();
  options.on_stage = [shown](const std::string& stage, const std::string& did) {
    if (did.empty()) {
      *shown = std::make_unique<Progress>(stage);
      return;
    }
    shown->reset();
    print_detail(fmt::format("{}: {}", stage, did));
  };
}

}  // namespace intaglio
