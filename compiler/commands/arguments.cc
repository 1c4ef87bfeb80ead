// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "commands/commands.h"
#include "commands/npy.h"
#include "commands/tune.h"

namespace intaglio {

namespace {

[[noreturn]] void usage(const std::string& message, const std::string& help) {
  throw Error(Problem{"", message, help}, Exit::usage);
}

}  // namespace

Shape parse_shape(const std::string& text, const std::string& option) {
  std::vector<int64_t> extents;
  size_t begin = 0;
  while (begin <= text.size() && text != "scalar") {
    const size_t end = std::min(text.find('x', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    if (item.empty() || item.size() > 15 || item.find_first_not_of("0123456789") != std::string::npos) {
      usage(fmt::format("--shape {}: '{}' is not a shape", option, text),
            "write extents with x between them: --shape input=1x3x224x224");
    }
    extents.push_back(std::stoll(item));
    begin = end + 1;
  }
  return Shape(std::move(extents));
}

int64_t parse_size(const std::string& text, const char* option) {
  size_t used = 0;
  int64_t value = -1;
  try {
    value = std::stoll(text, &used);
  } catch (const std::exception&) {
  }
  std::string unit = text.substr(used);
  if (!unit.empty() && (unit.back() == 'B' || unit.back() == 'b')) unit.pop_back();
  for (char& c : unit) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const int shift = unit.empty() ? 0 : unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : -1;
  if (value < 0 || shift < 0 || value > (int64_t{1} << 62) >> shift) {
    throw Error(
        Problem{"", fmt::format("{}: '{}' is not a size", option, text), "write bytes, or a number with K, M or G"},
        Exit::usage);
  }
  return value << shift;
}

std::pair<std::string, std::string> split_assignment(const std::string& text, const char* option) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    usage(fmt::format("{}: '{}' is not of the form NAME=VALUE", option, text),
          fmt::format("for example {} input=...", option));
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

void ModelArguments::add_to(CLI::App& app) {
  app.add_option("MODEL", model, "ONNX file")->required();
  add_options(app);
}

void ModelArguments::add_options(CLI::App& app) {
  app.add_option("--target", target, "What to generate for (see `intaglio targets`)")->capture_default_str();
  app.add_option("--shape", shapes, "INPUT=1x3x224x224: shape of an input with symbolic dimensions")
      ->expected(1)
      ->take_all();
  app.add_option("--bind", bindings, "INPUT=FILE.npy: turns an input into a constant")->expected(1)->take_all();
  app.add_option("--outputs", outputs, "NAME,...: values to compute instead of the model's outputs")->delimiter(',');
  app.add_option("--numerics", numerics, "fast or strict (the same bits on every target)")
      ->check(CLI::IsMember({"fast", "strict"}))
      ->capture_default_str();
  app.add_flag(
      "--prepare", prepare,
      "NAME_prepare makes the weights of Winograd and Strassen layers at start-up: smaller weights, more memory");
  app.add_option("--tuning", tuning, "NAME.tuning.json of `intaglio compile --tune`: kernels that were measured");
  app.add_option("--disable", disabled, "Leaves out a pass or a feature of lowering")->expected(1)->take_all();
}

CompileOptions ModelArguments::options() const {
  CompileOptions result;
  result.model = model;
  result.name = name;
  result.lowering.numerics = numerics == "strict" ? Numerics::strict : Numerics::fast;
  result.lowering.prepare = prepare;
  result.target = find_target(target);
  if (result.target == nullptr) {
    std::string known;
    for (const Target& t : targets()) known += fmt::format("{}{}", known.empty() ? "" : ", ", t.name);
    usage(fmt::format("--target: there is no target '{}'", target), "known targets: " + known);
  }
  if (!tuning.empty()) result.lowering.tuning = read_tuning(tuning, *result.target);
  if (!weights.empty()) {
    for (WeightStorage storage : {WeightStorage::inline_arrays, WeightStorage::incbin, WeightStorage::external}) {
      if (weights == weight_storage_name(storage)) result.weights = storage;
    }
  }
  for (const std::string& name : disabled) {
    if (disable(result, name)) continue;
    usage(fmt::format("--disable: there is nothing called '{}'", name),
          fmt::format("known: {}", fmt::join(switches(), ", ")));
  }
  for (const std::string& text : shapes) {
    const auto [input, shape] = split_assignment(text, "--shape");
    result.import.shapes[input] = parse_shape(shape, input);
  }
  for (const std::string& text : bindings) {
    const auto [input, file] = split_assignment(text, "--bind");
    result.import.bindings[input] = read_npy(file);
  }
  result.import.outputs = outputs;
  watch_stages(result);
  return result;
}

std::vector<std::filesystem::path> ModelArguments::files() const {
  std::vector<std::filesystem::path> result;
  for (const std::string& text : bindings) result.emplace_back(split_assignment(text, "--bind").second);
  if (!tuning.empty()) result.emplace_back(tuning);
  return result;
}

std::map<std::string, std::string> ModelArguments::bound_files(const std::filesystem::path& folder) const {
  std::map<std::string, std::string> files;
  for (const std::string& text : bindings) {
    const auto [input, file] = split_assignment(text, "--bind");
    files[input] = std::filesystem::relative(file, folder).generic_string();
  }
  return files;
}

void NativeArguments::add_to(CLI::App& app) {
  app.add_option("--cxx", options.cxx, "C++ compiler for the generated code ($CXX, else c++)");
  app.add_option("--cxxflags", options.cxx_flags, "Its flags (-O2)");
  app.add_option("--runner", options.runner, "Command put in front of the program, e.g. an emulator");
}

void InputArguments::add_to(CLI::App& app) {
  app.add_option("--input", files, "NAME=FILE.npy: value of an input; inputs without one get seeded random values")
      ->expected(1)
      ->take_all();
}

bool InputArguments::gives(const std::string& name) const {
  return std::ranges::any_of(files,
                             [&](const std::string& text) { return split_assignment(text, "--input").first == name; });
}

std::vector<TensorData> InputArguments::values(const Graph& graph) const {
  std::vector<TensorData> result = generated_inputs(graph, 1);
  for (const std::string& text : files) {
    const auto [name, file] = split_assignment(text, "--input");
    const auto at =
        std::ranges::find_if(graph.inputs, [&, &name = name](TensorId id) { return graph[id].name == name; });
    if (at == graph.inputs.end())
      usage(fmt::format("--input: the model has no input '{}'", name), "see `intaglio inspect` for the inputs");
    const Tensor& tensor = graph[*at];
    const auto check = [&, &file = file](const std::string&, ElementType type, const Shape& shape) {
      if (type == tensor.type && shape == tensor.shape) return;
      fail(file, fmt::format("holds {} {}, input '{}' is {} {}", element_type_name(type), shape.text(), tensor.name,
                             element_type_name(tensor.type), tensor.shape.text()));
    };
    result[static_cast<size_t>(at - graph.inputs.begin())] = read_npy(file, check);
  }
  return result;
}

}  // namespace intaglio
