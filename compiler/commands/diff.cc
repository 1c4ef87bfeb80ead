// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "backend/interface.h"
#include "commands/folder_contents.h"
#include "support/error.h"
#include "support/files.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

std::string port_text(const Manifest::Port& port) {
  return fmt::format("{} {}", element_type_name(port.type), port.shape.text());
}

/// Inputs or outputs, by position: the members of NAME_io stand in this order, and macros have it as a number.
void compare_ports(const char* kind, const std::vector<Manifest::Port>& before,
                   const std::vector<Manifest::Port>& after, std::vector<InterfaceChange>& changes) {
  for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    if (i >= before.size()) {
      changes.push_back({true, fmt::format("{} {} is new: {}", kind, after[i].name, port_text(after[i]))});
      continue;
    }
    if (i >= after.size()) {
      changes.push_back({true, fmt::format("{} {} is gone", kind, before[i].name)});
      continue;
    }
    const Manifest::Port &was = before[i], &is = after[i];
    if (was.name != is.name || was.identifier != is.identifier) {
      changes.push_back(
          {was.identifier != is.identifier, fmt::format("{} {} is called {} (member {}), was {} (member {})", kind, i,
                                                        is.name, is.identifier, was.name, was.identifier)});
    }
    if (was.type != is.type) {
      changes.push_back({true, fmt::format("{} {} is of type {}, was {}", kind, is.name, element_type_name(is.type),
                                           element_type_name(was.type))});
    }
    if (was.shape != is.shape) {
      changes.push_back(
          {true, fmt::format("{} {} has shape {} ({} elements), was {} ({} elements)", kind, is.name, is.shape.text(),
                             is.shape.elements(), was.shape.text(), was.shape.elements())});
    }
  }
}

std::vector<std::string> compare_options(const Manifest& before, const Manifest& after) {
  std::map<std::string, std::string> was(before.options.begin(), before.options.end()),
      is(after.options.begin(), after.options.end());
  was["version"] = before.tool.version;
  is["version"] = after.tool.version;
  std::set<std::string> keys;
  for (const auto* side : {&was, &is}) {
    for (const auto& [key, value] : *side) keys.insert(key);
  }
  std::vector<std::string> changes;
  for (const std::string& key : keys) {
    if (!was.contains(key))
      changes.push_back(fmt::format("{} {} is new", key, is[key]));
    else if (!is.contains(key))
      changes.push_back(fmt::format("{} is gone, was {}", key, was[key]));
    else if (was[key] != is[key])
      changes.push_back(fmt::format("{} {}, was {}", key, is[key], was[key]));
  }
  return changes;
}

int64_t source_bytes(const DiffSide& side) {
  for (const auto& [path, hash] : side.manifest.files) {
    if (!path.ends_with(".cpp") || path.find('/') != std::string::npos) continue;
    if (path.ends_with("_weights.cpp") || path.ends_with("_selftest.cpp")) continue;
    std::error_code error;
    const auto size = fs::file_size(side.folder / path, error);
    if (error) {
      throw Error(
          Problem{(side.folder / path).string(), "cannot be read", "`intaglio check` says what is wrong with it"},
          Exit::usage);
    }
    return static_cast<int64_t>(size);
  }
  return 0;
}

int64_t macs_of(const Manifest& manifest) {
  int64_t macs = 0;
  for (const Manifest::Step& step : manifest.steps) macs += step.macs;
  return macs;
}

}  // namespace

DiffSide read_side(const fs::path& folder, const std::string& label) {
  const fs::path path = find_manifest(folder);
  try {
    return {folder, label, parse_manifest(read_file(path), path.string())};
  } catch (const Error& error) {
    throw Error(error.problems(), Exit::usage);
  }
}

std::vector<InterfaceChange> compare_interfaces(const Manifest& before, const Manifest& after) {
  std::vector<InterfaceChange> changes;
  const auto text = [&](const char* what, const std::string& was, const std::string& is) {
    if (was != is)
      changes.push_back({true, fmt::format("{} is {}, was {}", what, is.empty() ? "the usual one" : is,
                                           was.empty() ? "the usual one" : was)});
  };
  text("the prefix of everything", before.model.name, after.model.name);
  text("the header", before.interface.header, after.interface.header);
  text("the CMake target", before.interface.cmake_target, after.interface.cmake_target);
  text("the prefix of macros", before.interface.macro_prefix, after.interface.macro_prefix);
  compare_ports("input", before.interface.inputs, after.interface.inputs, changes);
  compare_ports("output", before.interface.outputs, after.interface.outputs, changes);

  // The memory contract.
  const Manifest::Memory &was = before.memory, &is = after.memory;
  if (was.arena_alignment != is.arena_alignment) {
    changes.push_back({is.arena_alignment > was.arena_alignment, fmt::format("the arena is aligned to {} bytes, was {}",
                                                                             is.arena_alignment, was.arena_alignment)});
  }
  const std::string external(weight_storage_name(WeightStorage::external));
  if ((before.weights.storage == external) != (after.weights.storage == external)) {
    changes.push_back({true, after.weights.storage == external
                                 ? "weights are external: memory->weights must point to them"
                                 : "weights are not external any more"});
  }
  if ((was.prepared_bytes > 0) != (is.prepared_bytes > 0)) {
    changes.push_back({true, is.prepared_bytes > 0 ? "weights are prepared at start-up: memory->prepared is new"
                                                   : "weights are not prepared at start-up any more"});
  }
  if (before.option("parallel").empty() != after.option("parallel").empty()) {
    const bool is_new = before.option("parallel").empty();
    changes.push_back({!is_new, is_new ? "NAME_run_parallel is new" : "NAME_run_parallel is gone"});
  }
  if (before.option("selftest") != after.option("selftest")) {
    const bool is_new = after.option("selftest") == "yes";
    changes.push_back({!is_new, is_new ? "NAME_selftest is new" : "NAME_selftest is gone"});
  }
  const auto size = [&](const char* what, int64_t old_bytes, int64_t new_bytes) {
    if (old_bytes != new_bytes && old_bytes > 0 && new_bytes > 0)
      changes.push_back({false, fmt::format("{} is {} bytes, was {}", what, new_bytes, old_bytes)});
  };
  size("the arena", was.arena_bytes, is.arena_bytes);
  size("prepared memory", was.prepared_bytes, is.prepared_bytes);
  std::ranges::stable_sort(changes, std::greater<>(), &InterfaceChange::breaking);
  return changes;
}

double SizeChange::percent() const {
  if (before == after) return 0;
  return before == 0 ? INFINITY : 100 * (static_cast<double>(after) / static_cast<double>(before) - 1);
}

Diff compare_folders(DiffSide before, DiffSide after, bool values) {
  Diff diff;
  diff.interface = compare_interfaces(before.manifest, after.manifest);
  diff.layers = align_layers(before, after);
  diff.weights = compare_weights(before, after, diff.layers, values);
  const Manifest &was = before.manifest, &is = after.manifest;
  diff.sizes = {{"arena", was.memory.arena_bytes, is.memory.arena_bytes},
                {"flash", was.weights.bytes, is.weights.bytes},
                {"prepared", was.memory.prepared_bytes, is.memory.prepared_bytes},
                {"code", source_bytes(before), source_bytes(after)},
                {"macs", macs_of(was), macs_of(is)}};
  diff.options = compare_options(was, is);
  std::map<std::string, std::string> files(was.files.begin(), was.files.end());
  for (const auto& [path, hash] : is.files) {
    if (const auto found = files.find(path); found == files.end() || found->second != hash) diff.files.push_back(path);
    files.erase(path);
  }
  for (const auto& [path, hash] : files) diff.files.push_back(path);
  diff.before = std::move(before);
  diff.after = std::move(after);
  return diff;
}

size_t Diff::count(LayerChange::Kind kind) const {
  return static_cast<size_t>(std::ranges::count(layers, kind, &LayerChange::kind));
}

const SizeChange& Diff::size(const std::string& name) const {
  return *std::ranges::find(sizes, name, &SizeChange::name);
}

bool Diff::different() const { return !files.empty() || to_json(before.manifest) != to_json(after.manifest); }

bool Diff::weights_only() const {
  return !weights.changed.empty() && interface.empty() && options.empty() &&
         count(LayerChange::Kind::same) == layers.size() && std::ranges::none_of(layers, &LayerChange::other_kernel) &&
         std::ranges::all_of(weights.changed, &WeightChange::comparable) &&
         std::ranges::all_of(sizes,
                             [](const SizeChange& size) { return size.name == "code" || size.before == size.after; });
}

}  // namespace intaglio
