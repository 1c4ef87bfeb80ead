// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "record.h"

#include <fmt/format.h>

#include <set>

#include "backend/interface.h"
#include "support/hash.h"

namespace intaglio {

namespace {

constexpr int64_t largest_inline_weights = 256 << 10;

/// Notes what of a tuning file this network cannot use, and hashes what it chose.
std::string tuning_hash(const Program& program, const std::map<std::string, std::string>& tuning,
                        std::vector<std::string>& notes) {
  std::string choices;
  size_t used = 0;
  for (const KernelChoice& layer : program.choices) {
    choices += fmt::format("{}: {}\n", layer.layer, layer.chosen);
    const auto wanted = tuning.find(layer.layer);
    if (wanted == tuning.end()) continue;
    ++used;
    if (wanted->second != layer.chosen) {
      notes.push_back(fmt::format("--tuning: layer '{}' cannot be computed by '{}'; '{}' takes it", layer.layer,
                                  wanted->second, layer.chosen));
    }
  }
  if (used == 0) notes.push_back("--tuning: no layer of this network is in the file");
  return content_hash(choices);
}

/// What of a tuning file this network uses, as it stands there.
std::vector<std::pair<std::string, std::string>> used_tuning(const Program& program,
                                                             const std::map<std::string, std::string>& tuning) {
  std::vector<std::pair<std::string, std::string>> used;
  for (const KernelChoice& layer : program.choices) {
    if (const auto wanted = tuning.find(layer.layer); wanted != tuning.end()) used.emplace_back(*wanted);
  }
  return used;
}

std::vector<BoundTensor> bound_tensors(const CompileOptions& options) {
  std::vector<BoundTensor> list;
  for (const auto& [input, data] : options.import.bindings) {
    BoundTensor bound = {input, data.type(), data.shape(), content_hash(data), "", ""};
    if (data.bytes().size() <= BoundTensor::largest_recorded) {
      for (std::byte byte : data.bytes()) bound.data += fmt::format("{:02x}", static_cast<int>(byte));
    } else if (const auto file = options.bound_files.find(input); file != options.bound_files.end()) {
      bound.file = file->second;
    }
    list.push_back(std::move(bound));
  }
  return list;
}

/// As the manifest lists them: what shapes the folder beside the model.
std::vector<std::pair<std::string, std::string>> options_of(const Program& program, const CompileOptions& options,
                                                            WeightStorage weights, std::vector<std::string>& notes) {
  const LoweringOptions& lowering = options.lowering;
  std::vector<std::pair<std::string, std::string>> list = {{"target", std::string(options.target->name)},
                                                           {"numerics", std::string(numerics_name(lowering.numerics))},
                                                           {"weights", std::string(weight_storage_name(weights))},
                                                           {"selftest", options.self_test ? "yes" : "no"}};
  if (!lowering.tuning.empty()) list.emplace_back("tuning", tuning_hash(program, lowering.tuning, notes));
  if (lowering.prepare) {
    list.emplace_back("prepare", "yes");
    if (lay_out_prepared(program).bytes == 0)
      notes.push_back("--prepare: no layer reads transformed weights, there is nothing to prepare");
  }
  if (options.tasks > 1) list.emplace_back("parallel", std::to_string(options.tasks));
  for (const auto& [input, shape] : options.import.shapes) list.emplace_back("shape " + input, shape.text());
  for (const auto& [input, data] : options.import.bindings) list.emplace_back("bind " + input, content_hash(data));
  for (const std::string& output : options.import.outputs) list.emplace_back("output " + output, "kept");
  std::set<std::string> disabled = options.disabled_passes;
  for (const SwitchRow& row : lowering_switches) {
    if (!lowering.enabled(row.value)) disabled.insert(std::string(row.name));
  }
  for (const std::string& name : disabled) list.emplace_back("disable " + name, "yes");
  return list;
}

}  // namespace

ModelHashes hash_model(const Imported& imported) {
  ModelHashes hashes;
  for (const std::filesystem::path& file : imported.files) hashes.files += file_content_hash(file);
  if (imported.files.size() > 1) hashes.files = content_hash(hashes.files);
  hashes.graph = hash_graph(imported.graph);
  return hashes;
}

GenerateOptions record(const ModelHashes& hashes, const Program& program, const CompileOptions& options,
                       std::vector<std::string>& notes) {
  GenerateOptions as;
  as.name = model_name(options.name.empty() ? options.model.stem().string() : options.name, notes);
  as.source = options.model.filename().string();
  as.numerics = options.lowering.numerics;
  const bool few = lay_out_weights(program).bytes < largest_inline_weights;
  as.weights = options.weights.value_or(few ? WeightStorage::inline_arrays : WeightStorage::incbin);
  as.model_hash = hashes.files;
  as.graph_hash = hashes.graph.architecture;
  as.weights_hash = hashes.graph.weights;
  as.recorded_options = options_of(program, options, as.weights, notes);
  as.recorded_tuning = used_tuning(program, options.lowering.tuning);
  as.bound = bound_tensors(options);
  const Interface names = make_interface(program, as.name);
  notes.insert(notes.end(), names.notes.begin(), names.notes.end());
  return as;
}

}  // namespace intaglio
