// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/recorded_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "commands/commands.h"
#include "commands/npy.h"
#include "ir/graph_hash.h"

namespace intaglio {

namespace {

/// Keys that begin with `word` and what follows it, with their values.
Manifest::Texts options_of(const Manifest& manifest, const std::string& word) {
  Manifest::Texts list;
  for (const auto& [key, value] : manifest.options) {
    if (key.starts_with(word + " ")) list.emplace_back(key.substr(word.size() + 1), value);
  }
  return list;
}

[[noreturn]] void unknown(const std::string& option, const std::string& value) {
  throw Error(Problem{"", fmt::format("the manifest records {} '{}', which this version does not have", option, value),
                      "use the version that made the folder, or give the option that shall hold now"},
              Exit::usage);
}

std::vector<std::byte> bytes_of_hexadecimal(const std::string& digits) {
  std::vector<std::byte> bytes(digits.size() / 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint8_t value = 0;
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, value, 16);
    bytes[i] = std::byte{value};
  }
  return bytes;
}

/// The tensor, from the manifest itself or from its file; nothing when it cannot be had or is another one.
std::optional<TensorData> find_tensor(const BoundTensor& bound, const std::filesystem::path& folder) {
  const size_t bytes = static_cast<size_t>(bound.shape.elements()) * element_size(bound.type);
  std::optional<TensorData> data;
  if (bound.data.size() == 2 * bytes) {
    data = TensorData(bound.type, bound.shape, bytes_of_hexadecimal(bound.data));
  } else if (!bound.file.empty()) {
    try {
      data = read_npy(folder / bound.file);
    } catch (const Error&) {
    }
  }
  if (data && (data->type() != bound.type || data->shape() != bound.shape || content_hash(*data) != bound.hash))
    data.reset();
  return data;
}

}  // namespace

RecordedOptions recorded_options(const Manifest& manifest, const std::filesystem::path& folder, const CLI::App& app,
                                 const CompileOptions& given) {
  RecordedOptions recorded{given, {}};
  CompileOptions& options = recorded.options;
  const auto asked = [&](const char* option) { return app.count(option) > 0; };
  if (!asked("--name")) options.name = manifest.model.name;
  if (!asked("--target")) options.target = find_target(manifest.option("target"));
  if (options.target == nullptr) unknown("--target", manifest.option("target"));
  if (!asked("--numerics")) {
    options.lowering.numerics =
        manifest.option("numerics") == numerics_name(Numerics::strict) ? Numerics::strict : Numerics::fast;
  }
  if (!asked("--weights")) {
    for (WeightStorage storage : {WeightStorage::inline_arrays, WeightStorage::incbin, WeightStorage::external}) {
      if (manifest.option("weights") == weight_storage_name(storage)) options.weights = storage;
    }
  }
  if (!asked("--selftest")) options.self_test = manifest.option("selftest") == "yes";
  if (!asked("--prepare")) options.lowering.prepare = manifest.option("prepare") == "yes";
  if (!asked("--tuning")) options.lowering.tuning = {manifest.tuning.begin(), manifest.tuning.end()};
  if (!asked("--parallel")) {
    const std::string tasks = manifest.option("parallel");
    if (!tasks.empty()) std::from_chars(tasks.data(), tasks.data() + tasks.size(), options.tasks);
  }
  if (!asked("--outputs")) {
    for (const auto& [output, kept] : options_of(manifest, "output")) options.import.outputs.push_back(output);
  }
  if (!asked("--disable")) {
    for (const auto& [name, yes] : options_of(manifest, "disable")) {
      if (!disable(options, name)) unknown("--disable", name);
    }
  }
  if (!asked("--shape")) {
    for (const auto& [input, shape] : options_of(manifest, "shape"))
      options.import.shapes[input] = parse_shape(shape, input);
  }
  for (const BoundTensor& bound : manifest.bound) {
    if (options.import.bindings.contains(bound.input)) continue;
    if (std::optional<TensorData> data = find_tensor(bound, folder)) {
      options.import.bindings[bound.input] = std::move(*data);
      options.bound_files[bound.input] = bound.file;
    } else {
      recorded.missing.push_back(bound);
    }
  }
  return recorded;
}

}  // namespace intaglio
