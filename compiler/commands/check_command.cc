// intaglio check: whether a generated folder is what its model gives, and with --fix, making it so.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "backend/interface.h"
#include "backend/json_text.h"
#include "commands/check.h"
#include "commands/commands.h"
#include "commands/files.h"
#include "commands/folder.h"
#include "commands/folder_contents.h"
#include "commands/folder_lock.h"
#include "commands/recorded_options.h"
#include "support/files.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

struct CheckArguments {
  ModelArguments model;
  std::string folder;
  int64_t tasks = 1;
  bool self_test = false, fix = false, json = false;
};

struct CheckReport {
  std::string name, version;  ///< of the manifest
  bool with_model = false;
  std::vector<Finding> findings, fixed;   ///< what is wrong, and what --fix has made right
  std::vector<std::string> would_change;  ///< files
  std::vector<fs::path> written;          ///< by --fix
};

/// What cannot be read is no answer: its status is not that of a folder that is wrong.
template <class Read>
auto readable_or_usage(Read read) {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(error.problems(), error.exit() == Exit::failed ? Exit::usage : error.exit());
  }
}

/// A manifest that cannot be compared but says why; nothing for one that can.
std::optional<Finding> unreadable_manifest(const fs::path& path) {
  const std::string text = read_file(path), file = path.filename().string();
  const std::string remedy = "`intaglio compile --force` into the folder makes it again";
  if (has_conflicts(text)) return Finding{Finding::Kind::merge, file, "holds the conflict markers of a merge", remedy};
  if (is_lfs_pointer(text)) {
    return Finding{Finding::Kind::lfs_pointer, file,
                   "is the pointer that Git LFS leaves in place of a file it has not fetched",
                   "`git lfs pull` fetches it"};
  }
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_integer()) return {};
  const int64_t format = json["format"];
  if (format == Manifest::newest_format) return {};
  return Finding{Finding::Kind::version, file,
                 fmt::format("was made by another version of Intaglio: it has format {}, this version reads {}", format,
                             Manifest::newest_format),
                 "use the version that made it, or remove the folder and compile again"};
}

/// Without the model: line ends, which are all that can be put right.
void fix_line_ends(const fs::path& folder, CheckReport& report) {
  const FolderLock lock(folder);
  for (const Finding& finding : std::exchange(report.findings, {})) {
    const bool can = finding.kind == Finding::Kind::line_ends;
    (can ? report.fixed : report.findings).push_back(finding);
    if (!can) continue;
    write_file(folder / finding.file, with_own_line_ends(read_file(folder / finding.file)));
    report.written.push_back(folder / finding.file);
  }
}

CheckReport check(const CheckArguments& arguments, const CLI::App& app) {
  const fs::path folder = arguments.folder, manifest_path = find_manifest(folder);
  const std::string manifest_file = manifest_path.filename().string();
  CheckReport report;
  report.with_model = !arguments.model.model.empty();
  if (std::optional<Finding> finding = unreadable_manifest(manifest_path)) {
    report.findings.push_back(std::move(*finding));
    return report;
  }
  const Manifest manifest =
      readable_or_usage([&] { return parse_manifest(read_file(manifest_path), manifest_path.string()); });
  report.name = manifest.model.name;
  report.version = manifest.tool.version;
  report.findings = readable_or_usage([&] { return check_files(folder, manifest, manifest_file); });
  if (!report.with_model) {
    if (!arguments.fix) return report;
    fix_line_ends(folder, report);
    return report;
  }

  CompileOptions given = readable_or_usage([&] { return arguments.model.options(); });
  given.self_test = arguments.self_test;
  given.tasks = arguments.tasks;
  given.bound_files = arguments.model.bound_files(folder);
  const RecordedOptions recorded = recorded_options(manifest, folder, app, given);
  for (const BoundTensor& bound : recorded.missing) {
    report.findings.push_back(
        {Finding::Kind::needs_file, bound.file,
         fmt::format(
             "is needed to generate again: the tensor {} {} that was bound to input '{}', with hash {}; whether "
             "the folder is up to date cannot be told",
             element_type_name(bound.type), bound.shape.text(), bound.input, bound.hash),
         fmt::format("put the file there, or name it: --bind {}=FILE.npy", bound.input)});
  }
  if (!recorded.missing.empty()) return report;

  const Compiled now = readable_or_usage([&] { return compile(recorded.options); });
  Staleness stale = check_against(manifest, now, arguments.model.model);
  report.would_change = std::move(stale.files);
  report.findings.insert(report.findings.end(), stale.findings.begin(), stale.findings.end());
  std::ranges::stable_sort(report.findings, {}, &Finding::kind);
  if (arguments.fix && !report.findings.empty()) {
    const std::string stem = make_interface(now.planned.program, now.generated_as.name).stem;
    FolderChange change = write_folder(folder, stem, now.files, {}, true);
    report.written = std::move(change.paths);
    report.fixed = std::exchange(report.findings, {});
  }
  return report;
}

void print_check_json(const CheckReport& report, const CheckArguments& arguments) {
  using Json = nlohmann::ordered_json;
  Json json = {{"format", 1}, {"folder", arguments.folder}, {"up_to_date", report.findings.empty()}};
  if (!report.with_model) json["up_to_date"] = nullptr;
  json["as_generated"] = std::ranges::none_of(
      report.findings, [](const Finding& finding) { return finding.kind >= Finding::Kind::merge; });
  if (!report.name.empty()) json.update({{"name", report.name}, {"version", report.version}});
  if (report.with_model) json["model"] = arguments.model.model;
  const auto list = [](const std::vector<Finding>& findings) {
    Json array = Json::array();
    for (const Finding& finding : findings) {
      array.push_back({{"kind", finding_name(finding.kind)}, {"message", finding.message}, {"remedy", finding.remedy}});
      if (!finding.file.empty()) array.back()["file"] = finding.file;
    }
    return array;
  };
  json["findings"] = list(report.findings);
  json["would_change"] = report.would_change;
  if (arguments.fix) {
    json["fixed"] = list(report.fixed);
    json["written"] = Json::array();
    for (const fs::path& path : report.written) json["written"].push_back(path.string());
  }
  fmt::print("{}\n", json_text(json));
}

void print_check_text(const CheckReport& report, const CheckArguments& arguments) {
  const auto line = [&](const Finding& finding) {
    const fs::path place =
        finding.file.empty() ? fs::path(arguments.folder) : fs::path(arguments.folder) / finding.file;
    return fmt::format("{}: {}: {}\n", finding_name(finding.kind), place.lexically_normal().string(), finding.message);
  };
  for (const Finding& finding : report.fixed) fmt::print("fixed: {}", line(finding));
  for (const fs::path& path : report.written) fmt::print("written: {}\n", path.string());
  // Files with the same thing wrong with them (a whole folder with other line ends) share the remedy.
  for (size_t i = 0; i < report.findings.size(); ++i) {
    const Finding& finding = report.findings[i];
    fmt::print("{}", line(finding));
    const bool last = i + 1 == report.findings.size() || report.findings[i + 1].kind != finding.kind ||
                      report.findings[i + 1].remedy != finding.remedy;
    if (last) fmt::print("  help: {}\n", finding.remedy);
  }
  if (!report.findings.empty() && !report.would_change.empty()) {
    fmt::print("would change: ");
    for (size_t i = 0; i < report.would_change.size(); ++i)
      fmt::print("{}{}", i == 0 ? "" : ", ", report.would_change[i]);
    fmt::print("\n");
  }
  if (report.findings.empty() && report.with_model)
    fmt::print("{}: up to date with {}\n", arguments.folder, arguments.model.model);
  else if (report.findings.empty())
    fmt::print("{}: as it was generated (with the model, `intaglio check` also says whether it is up to date)\n",
               arguments.folder);
}

}  // namespace

Command add_check(CLI::App& app) {
  auto arguments = std::make_shared<CheckArguments>();
  app.add_option("DIR", arguments->folder, "Folder that `intaglio compile -o` wrote")->required();
  app.add_option("MODEL", arguments->model.model,
                 "ONNX file; without it, only whether the folder is as it was generated");
  app.add_flag("--fix", arguments->fix,
               "Make right what is wrong: generate again from the model, convert line ends back");
  app.add_flag("--json", arguments->json, "Report as JSON");
  arguments->model.add_options(app);
  app.add_option("--name", arguments->model.name, "Prefix of everything generated");
  app.add_option("--weights", arguments->model.weights, "Where weights live: inline, incbin or external")
      ->check(CLI::IsMember({"inline", "incbin", "external"}));
  app.add_option("--parallel", arguments->tasks, "Most tasks of NAME_run_parallel")->check(CLI::Range(2, 64));
  app.add_flag("--selftest", arguments->self_test, "With NAME_selftest.cpp");
  app.footer(
      "Options other than --fix and --json are those of `intaglio compile`: what the folder shall be generated with. "
      "Those that are not given are read from the folder.");
  return [arguments, &app] {
    const CheckReport report = check(*arguments, app);
    if (arguments->json)
      print_check_json(report, *arguments);
    else
      print_check_text(report, *arguments);
    return report.findings.empty() ? Exit::done : Exit::failed;
  };
}

}  // namespace intaglio
