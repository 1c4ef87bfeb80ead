// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "backend/interface.h"
#include "backend/json_text.h"
#include "commands/folder_contents.h"
#include "support/files.h"
#include "support/hash.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

using FindingKind = Finding::Kind;

constexpr const char* generate_again = "generate it again: `intaglio check --fix` with the model";

bool is_weights_file(const Manifest& manifest, const std::string& path) {
  return path == manifest.model.name + "_weights.bin";
}

/// Of a file that is there and has not the hash it was generated with.
Finding describe_difference(const fs::path& place, const std::string& path, const std::string& hash,
                            const Manifest& manifest) {
  if (!fs::is_regular_file(place))
    return {FindingKind::edited, path, "is no file", "remove it and " + std::string(generate_again)};
  const std::string text = read_file(place);
  if (is_lfs_pointer(text)) {
    return {FindingKind::lfs_pointer, path, "is the pointer that Git LFS leaves in place of a file it has not fetched",
            "`git lfs pull` fetches it"};
  }
  if (content_hash(with_own_line_ends(text)) == hash) {
    return {FindingKind::line_ends, path, "is as it was generated, but its line ends were converted",
            "`intaglio check --fix` converts them back; keep the generated .gitattributes in the folder, so that git "
            "leaves them alone"};
  }
  if (is_weights_file(manifest, path)) return check_weights_file(place, path, manifest);
  if (has_conflicts(text)) {
    return {FindingKind::merge, path, "holds the conflict markers of a merge",
            "merge the model and " + std::string(generate_again)};
  }
  return {FindingKind::edited, path, "was edited since it was generated",
          "move the change out of the generated folder, then " + std::string(generate_again)};
}

/// Keys whose values differ, as "target: avx2, not scalar".
std::string changes_of(const Manifest::Texts& before, const Manifest::Texts& now) {
  const std::map<std::string, std::string> old(before.begin(), before.end()), wanted(now.begin(), now.end());
  std::set<std::string> keys;
  for (const auto* side : {&old, &wanted}) {
    for (const auto& [key, value] : *side) keys.insert(key);
  }
  std::vector<std::string> changes;
  for (const std::string& key : keys) {
    const auto was = old.find(key), is = wanted.find(key);
    if (was != old.end() && is != wanted.end() && was->second == is->second) continue;
    const bool hashed = key == "tuning" || key.starts_with("bind ");
    if (was == old.end()) {
      changes.push_back(hashed || is->second == "kept" || is->second == "yes"
                            ? fmt::format("{} is new", key)
                            : fmt::format("{} {} is new", key, is->second));
    } else if (is == wanted.end()) {
      changes.push_back(fmt::format("{} is gone", key));
    } else {
      changes.push_back(hashed ? fmt::format("{} has another content", key)
                               : fmt::format("{} {}, was {}", key, is->second, was->second));
    }
  }
  return fmt::format("{}", fmt::join(changes, "; "));
}

}  // namespace

std::string_view finding_name(Finding::Kind kind) {
  static constexpr std::array<std::string_view, 13> names = {
      "version", "stale_model", "stale_options", "needs_file", "merge",         "unfinished", "missing",
      "edited",  "line_ends",   "lfs_pointer",   "truncated",  "other_weights", "damaged"};
  return names[static_cast<size_t>(kind)];
}

std::vector<Finding> check_files(const fs::path& folder, const Manifest& manifest, const std::string& manifest_file) {
  std::vector<Finding> findings;
  const std::string stem = manifest_file.substr(0, manifest_file.size() - manifest_ending.size());
  const std::string record = stem + std::string(record_ending);
  if (manifest.tool.version != tool_version) {
    findings.push_back(
        {FindingKind::version, "",
         fmt::format("was made by version {} of Intaglio, this is {}", manifest.tool.version, tool_version),
         fmt::format("use version {}, or {}", manifest.tool.version, generate_again)});
  }
  if (fs::exists(folder / record)) {
    findings.push_back({FindingKind::unfinished, record,
                        "says that a compilation was killed: files of two generations may lie here", generate_again});
  }
  const std::string text = read_file(folder / manifest_file), own = with_own_line_ends(text);
  if (own != json_text(to_json(manifest)) + "\n") {
    findings.push_back({FindingKind::edited, manifest_file, "was edited since it was generated", generate_again});
  } else if (own != text) {
    findings.push_back(describe_difference(folder / manifest_file, manifest_file, content_hash(own), manifest));
  }
  for (const auto& [path, hash] : manifest.files) {
    const fs::path place = folder / path;
    if (!inside(path)) continue;
    if (!fs::exists(place))
      findings.push_back({FindingKind::missing, path, "is missing", generate_again});
    else if (!fs::is_regular_file(place) || file_content_hash(place) != hash)
      findings.push_back(describe_difference(place, path, hash, manifest));
  }
  std::ranges::stable_sort(findings, {}, &Finding::kind);
  return findings;
}

Manifest manifest_of(const Compiled& compiled) {
  const GeneratedFile& file = compiled.files.back();
  return parse_manifest(contents_of(file), file.path);
}

Staleness check_against(const Manifest& manifest, const Compiled& now, const std::string& model) {
  Staleness stale;
  const Manifest wanted = manifest_of(now);
  const std::map<std::string, std::string> before(manifest.files.begin(), manifest.files.end());
  std::set<std::string> gone;
  for (const auto& [path, hash] : before) gone.insert(path);
  for (const auto& [path, hash] : wanted.files) {
    gone.erase(path);
    const auto was = before.find(path);
    if (was == before.end() || was->second != hash) stale.files.push_back(path);
  }
  stale.files.insert(stale.files.end(), gone.begin(), gone.end());
  const bool same_code = stale.files.empty();
  if (json_text(to_json(manifest)) == json_text(to_json(wanted))) return stale;

  const Manifest::Model &was = manifest.model, &is = wanted.model;
  const auto add = [&](FindingKind kind, std::string message) {
    if (same_code) message += "; the code stays as it is, only the manifest changes";
    stale.findings.push_back({kind, "", std::move(message), generate_again});
  };
  if (was.hash != is.hash || was.graph_hash != is.graph_hash || was.weights_hash != is.weights_hash) {
    const bool graph = was.graph_hash != is.graph_hash, weights = was.weights_hash != is.weights_hash;
    add(FindingKind::stale_model, fmt::format("{} is another model than the one this was generated from: {}", model,
                                              graph && weights ? "architecture and weights differ"
                                              : graph          ? "the architecture differs, the weights are the same"
                                              : weights        ? "the weights differ, the architecture is the same"
                                                        : "the file differs, architecture and weights are the same"));
  } else if (was.file != is.file) {
    add(FindingKind::stale_model, fmt::format("the model is called {}, was {}", is.file, was.file));
  }
  Manifest::Texts options = manifest.options, wanted_options = wanted.options;
  options.emplace_back("name", was.name);
  wanted_options.emplace_back("name", is.name);
  if (const std::string changes = changes_of(options, wanted_options); !changes.empty())
    add(FindingKind::stale_options, "the options differ: " + changes);
  if (stale.findings.empty() && manifest.tool.version == tool_version) {
    // Versions that only their builds tell apart.
    if (!same_code) {
      add(FindingKind::version,
          fmt::format("was made by another build of version {}, or its manifest was edited", tool_version));
    } else if (manifest.tuning != wanted.tuning || manifest.bound != wanted.bound) {
      add(FindingKind::stale_options, "the tuning or the bound tensors differ");
    } else {
      add(FindingKind::version,
          fmt::format("has a manifest of another build of version {}, or one that was edited", tool_version));
    }
  }
  std::ranges::stable_sort(stale.findings, {}, &Finding::kind);
  return stale;
}

}  // namespace intaglio
