// intaglio diff: what differs between two generated folders, or between a folder and a revision of it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include "backend/json_text.h"
#include "commands/commands.h"
#include "commands/diff.h"
#include "commands/git_revision.h"
#include "support/files.h"

namespace intaglio {

namespace {

struct DiffArguments {
  std::vector<std::string> folders, gates;
  std::string revision;
  bool markdown = false, json = false, no_values = false;
};

[[noreturn]] void refuse_folders(const std::string& message) {
  throw Error(Problem{"", message, "`intaglio diff OLD NEW`, or `intaglio diff --git REV -- DIR`"}, Exit::usage);
}

/// A revision of the folder, extracted below `scratch`.
DiffSide side_of_revision(const std::filesystem::path& folder, const std::string& revision,
                          const std::filesystem::path& scratch) {
  std::filesystem::create_directory(scratch);
  extract_revision(folder, revision, scratch);
  return read_side(scratch, revision);
}

Exit run_diff(const DiffArguments& arguments) {
  const std::vector<Gate> gates = parse_gates(arguments.gates);
  const TemporaryFolder scratch;
  DiffSide before, after;
  if (arguments.revision.empty()) {
    if (arguments.folders.size() != 2) refuse_folders("two folders are compared");
    before = read_side(arguments.folders[0], arguments.folders[0]);
    after = read_side(arguments.folders[1], arguments.folders[1]);
  } else {
    if (arguments.folders.size() != 1) refuse_folders("with --git, one folder is compared with its revision");
    const std::string& folder = arguments.folders[0];
    const size_t dots = arguments.revision.find("..");
    before = side_of_revision(folder, arguments.revision.substr(0, dots), scratch / "before");
    if (dots == std::string::npos)
      after = read_side(folder, folder);
    else
      after = side_of_revision(folder, arguments.revision.substr(dots + 2), scratch / "after");
  }
  const Diff diff = compare_folders(std::move(before), std::move(after), !arguments.no_values);
  std::vector<Hit> hits;
  for (const Gate& gate : gates) {
    if (const std::optional<std::string> why = gate_hit(gate, diff)) hits.push_back({gate.text, *why});
  }
  if (arguments.json)
    fmt::print("{}\n", json_text(diff_json(diff, hits)));
  else
    fmt::print("{}", arguments.markdown ? diff_markdown(diff, hits) : diff_text(diff, hits));
  const bool failed = gates.empty() ? diff.different() : !hits.empty();
  return failed ? Exit::failed : Exit::done;
}

}  // namespace

Command add_diff(CLI::App& app) {
  auto arguments = std::make_shared<DiffArguments>();
  app.add_option("FOLDERS", arguments->folders, "Folders that `intaglio compile -o` wrote; with --git one")->required();
  app.add_option(
      "--git", arguments->revision,
      "REV, or REV..REV: compare a folder with its revision, or two revisions of it (git must be installed)");
  app.add_option(
         "--fail-on", arguments->gates,
         "Conditions for exit status 1, instead of any difference: any, interface (breaking), layers, kernels, "
         "weights, options; arena, flash, prepared, code, macs, with what they may grow by (arena+5%,flash+16K)")
      ->delimiter(',')
      ->expected(1)
      ->take_all();
  app.add_flag("--no-values", arguments->no_values, "Compare weights by their hashes alone");
  CLI::Option* markdown = app.add_flag("--markdown", arguments->markdown, "Report as Markdown, for a pull request");
  app.add_flag("--json", arguments->json, "Report as JSON")->excludes(markdown);
  return [arguments] { return run_diff(*arguments); };
}

}  // namespace intaglio
