// intaglio: ONNX networks to standalone SIMD C++.
// Parses the command line and maps errors to messages and exit statuses.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

#include "backend/interface.h"
#include "commands/commands.h"
#include "support/error.h"
#include "support/unfinished.h"

namespace {

/// Results that did not reach their destination (a full disk) are a failure,
/// which only shows when the buffer is emptied.
void flush_results() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  intaglio::fail(
      "", fmt::format("the results cannot be written to standard output: {}", std::generic_category().message(errno)));
}

int run(int argc, char** argv) {
  using intaglio::Exit;
  intaglio::remove_unfinished_when_signalled();
  CLI::App app(
      "Intaglio compiles ONNX networks to standalone SIMD C++: a header, a source file, weights, and a header-only "
      "runtime.",
      "intaglio");
  app.set_version_flag("--version", fmt::format("intaglio {}", intaglio::tool_version));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  std::vector<std::pair<CLI::App*, intaglio::Command>> commands;
  auto add = [&](const char* name, const char* what, intaglio::Command (*make)(CLI::App&)) {
    CLI::App* sub = app.add_subcommand(name, what);
    commands.emplace_back(sub, make(*sub));
    intaglio::add_verbosity(*sub);
  };
  add("compile", "Generate C++ for a model", intaglio::add_compile);
  add("run", "Run a model on inputs and write its outputs", intaglio::add_run);
  add("verify", "Compare generated code with the reference interpreter and with expected outputs",
      intaglio::add_verify);
  add("inspect", "Show inputs, outputs, operators, kernels and the memory plan", intaglio::add_inspect);
  add("check", "Say whether a generated folder is what its model gives, and what is wrong with it",
      intaglio::add_check);
  add("diff", "Say what differs between two generated folders", intaglio::add_diff);
  add("bench", "Time generated code on this machine, as a whole and layer by layer", intaglio::add_bench);
  add("report", "Write a page about a model: graph, layers, memory plan, weights, measured times",
      intaglio::add_report);
  add("targets", "List the targets", intaglio::add_targets);
  add("ops", "List the ONNX operators that are understood", intaglio::add_ops);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  try {
    for (const auto& [sub, command] : commands) {
      if (!sub->parsed()) continue;
      const Exit exit = command();
      flush_results();
      return static_cast<int>(exit);
    }
    return static_cast<int>(Exit::usage);
  } catch (const intaglio::Error& error) {
    for (const intaglio::Problem& problem : error.problems()) fmt::print(stderr, "{}", problem.text());
    return static_cast<int>(error.exit());
  } catch (const std::filesystem::filesystem_error& error) {
    fmt::print(stderr, "error: {}: {}\n", error.path1().string(), error.code().message());
    return static_cast<int>(Exit::failed);
  } catch (const std::system_error& error) {  // what printing throws when its destination takes no more
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(Exit::failed);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory\nhelp: the model needs more memory than this machine has\n");
    return static_cast<int>(Exit::failed);
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "error: internal error: {}\nhelp: this is a defect of Intaglio: please report it with the model\n",
               error.what());
    return static_cast<int>(Exit::internal);
  }
}

}  // namespace

int main(int argc, char** argv) { return run(argc, argv); }
