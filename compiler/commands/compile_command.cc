// intaglio compile: writes the generated folder.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "backend/interface.h"
#include "backend/json_text.h"
#include "commands/commands.h"
#include "commands/files.h"
#include "commands/folder.h"
#include "commands/tune.h"
#include "passes/pipeline.h"

namespace intaglio {

namespace {

struct CompileArguments {
  ModelArguments model;
  NativeArguments native;
  std::string folder, max_arena, max_flash, depfile, emit_ir;
  int64_t tasks = 1;
  bool self_test = false, list_files = false, json = false, tune = false, force = false;
};

void check_budget(const char* what, int64_t bytes, const std::string& limit, const char* option,
                  const std::string& help) {
  if (limit.empty()) return;
  const int64_t most = parse_size(limit, option);
  if (bytes > most) fail("", fmt::format("{} needs {} bytes, {} allows {}", what, bytes, option, most), help);
}

/// Makefile syntax: spaces and '#' escaped with a backslash, '$' doubled.
std::string escaped(const std::string& path) {
  std::string result;
  for (char c : path) {
    if (c == ' ' || c == '#') result += '\\';
    if (c == '$') result += '$';
    result += c;
  }
  return result;
}

/// A rule that makes the manifest again when one of `sources` changes.
std::string depfile_rule(const std::filesystem::path& manifest, const std::vector<std::filesystem::path>& sources) {
  std::string rule = escaped(manifest.string()) + ":";
  for (const std::filesystem::path& source : sources) rule += " " + escaped(source.string());
  return rule + "\n";
}

/// Whether a file will stand in the folder itself, which is made when there is none.
bool lies_in(const std::filesystem::path& file, const std::filesystem::path& folder) {
  const auto above = [](const std::filesystem::path& path) {
    return std::filesystem::weakly_canonical(std::filesystem::absolute(path)).parent_path();
  };
  return above(file) == above(folder / "file");
}

Exit run_compile(const CompileArguments& arguments) {
  CompileOptions options = arguments.model.options();
  options.self_test = arguments.self_test;
  options.tasks = arguments.tasks;
  options.bound_files = arguments.model.bound_files(arguments.folder);
  if (!arguments.max_arena.empty()) parse_size(arguments.max_arena, "--max-arena");
  if (!arguments.max_flash.empty()) parse_size(arguments.max_flash, "--max-flash");
  if (!arguments.depfile.empty() && !lies_in(arguments.depfile, arguments.folder)) expect_writable(arguments.depfile);
  if (!arguments.emit_ir.empty()) {
    std::set<std::string> stages = {"all", "import", "lower"};
    for (const Pass& pass : passes()) stages.insert(std::string(pass.name));
    if (!stages.contains(arguments.emit_ir)) {
      throw Error(Problem{"", fmt::format("--emit-ir: there is no pass '{}'", arguments.emit_ir),
                          fmt::format("known: {}", fmt::join(stages, ", "))},
                  Exit::usage);
    }
    options.emit_ir = [&](const std::string& stage, const std::string& text) {
      if (arguments.emit_ir == "all" || arguments.emit_ir == stage) fmt::print("# after {}\n{}\n", stage, text);
    };
  }
  Compiled compiled = compile(options);
  std::optional<Tuned> tuned;
  const std::string stem = make_interface(compiled.planned.program, compiled.generated_as.name).stem;
  const std::string tuning_file = stem + ".tuning.json";
  if (arguments.tune && !arguments.list_files) {
    tuned = tune(compiled, options, arguments.native.options);
    options.lowering.tuning = tuned->choices;
    options.emit_ir = nullptr;  // printed once
    compiled = compile(options);
  }
  print_notes(compiled.notes);
  const int64_t weights = lay_out_weights(compiled.planned.program).bytes,
                prepared = lay_out_prepared(compiled.planned.program).bytes;
  check_budget("the arena", compiled.planned.arena.bytes, arguments.max_arena, "--max-arena",
               "`intaglio inspect` shows what lives at the peak");
  check_budget("the model (weights alone)", weights, arguments.max_flash, "--max-flash", "a smaller network is needed");
  if (arguments.list_files) {
    for (const GeneratedFile& file : compiled.files)
      fmt::print("{}\n", (std::filesystem::path(arguments.folder) / file.path).string());
    if (arguments.tune) fmt::print("{}\n", (std::filesystem::path(arguments.folder) / tuning_file).string());
    return Exit::done;
  }
  std::vector<GeneratedFile> kept;  // input of later compilations
  if (tuned) kept.push_back({tuning_file, tuned->file});
  const FolderChange change = write_folder(arguments.folder, stem, compiled.files, kept, arguments.force);
  print_notes(change.notes);
  if (!arguments.depfile.empty()) {
    std::vector<std::filesystem::path> sources = compiled.sources;
    for (const std::filesystem::path& file : arguments.model.files()) sources.push_back(file);
    const std::filesystem::path manifest = stem + ".manifest.json";
    write_file(arguments.depfile, depfile_rule(std::filesystem::path(arguments.folder) / manifest, sources));
  }
  const Program& program = compiled.planned.program;
  const int64_t macs = total_macs(program);
  if (arguments.json) {
    nlohmann::ordered_json json = {{"model", compiled.generated_as.name},
                                   {"folder", arguments.folder},
                                   {"target", options.target->name},
                                   {"arena_bytes", compiled.planned.arena.bytes},
                                   {"weights_bytes", weights},
                                   {"prepared_bytes", prepared},
                                   {"macs", macs},
                                   {"steps", program.steps.size()},
                                   {"notes", compiled.notes}};
    if (tuned) {
      json["untuned_milliseconds"] = tuned->untuned_milliseconds;
      json["tuned_milliseconds"] = tuned->tuned_milliseconds;
    }
    for (const GeneratedFile& file : compiled.files) json["files"].push_back(file.path);
    fmt::print("{}\n", json_text(json));
  } else {
    fmt::print("{}: {} steps, {:.1f} MMAC, arena {} bytes, weights {} bytes ({}){}\n",
               (std::filesystem::path(arguments.folder) / compiled.generated_as.name).string(), program.steps.size(),
               static_cast<double>(macs) * 1e-6, compiled.planned.arena.bytes, weights,
               weight_storage_name(compiled.generated_as.weights),
               prepared > 0 ? fmt::format(", prepared {} bytes", prepared) : "");
    if (tuned) {
      fmt::print("tuned: {:.3f} ms instead of {:.3f} ms, {} of {} layer kinds changed\n", tuned->tuned_milliseconds,
                 tuned->untuned_milliseconds, tuned->changed, tuned->choices.size());
    }
  }
  return Exit::done;
}

}  // namespace

Command add_compile(CLI::App& app) {
  auto arguments = std::make_shared<CompileArguments>();
  arguments->model.add_to(app);
  app.add_option("-o,--output", arguments->folder, "Folder for the generated files")->required();
  app.add_option("--name", arguments->model.name, "Prefix of everything generated (the file's stem)");
  app.add_option("--weights", arguments->model.weights,
                 "Where weights live: inline arrays, incbin, or external (inline below 256 KiB, else incbin)")
      ->check(CLI::IsMember({"inline", "incbin", "external"}));
  app.add_option("--max-arena", arguments->max_arena, "Fail when the arena is larger (512K, 2M)");
  app.add_option("--max-flash", arguments->max_flash, "Fail when the weights are larger");
  app.add_option("--parallel", arguments->tasks,
                 "Also generate NAME_run_parallel, which cuts every layer into this many tasks")
      ->check(CLI::Range(2, 64));
  app.add_flag("--selftest", arguments->self_test, "Also generate NAME_selftest.cpp with golden vectors");
  CLI::Option* tune =
      app.add_flag("--tune", arguments->tune,
                   "Measure kernels on this machine, choose the fastest, record them in NAME.tuning.json");
  tune->excludes(app.get_option("--tuning"));
  arguments->native.add_to(app);
  app.add_flag("--force", arguments->force, "Replace generated files that were edited, and a damaged manifest");
  app.add_flag("--list-files", arguments->list_files, "Print the files that would be written, write nothing");
  app.add_option("--depfile", arguments->depfile,
                 "Write a Makefile rule: the manifest depends on every file that was read");
  app.add_flag("--json", arguments->json, "Report as JSON");
  app.add_option("--emit-ir", arguments->emit_ir, "Print the intermediate representation after a pass (or `all`)");
  return [arguments] { return run_compile(*arguments); };
}

}  // namespace intaglio
