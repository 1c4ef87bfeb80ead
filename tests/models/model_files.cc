// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "models/model_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>

#include "commands/npy.h"
#include "compile.h"
#include "ir/text.h"

namespace intaglio::testing {

namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(INTAGLIO_TESTS_DIR) / "models";

}  // namespace

std::string ModelFile::network() const { return name.starts_with("s5_") ? "s5" : name.substr(0, name.find('.')); }

std::vector<ModelFile> model_files() {
  std::vector<ModelFile> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".onnx") files.push_back({entry.path().stem().string()});
  }
  std::sort(files.begin(), files.end(), [](const ModelFile& a, const ModelFile& b) { return a.name < b.name; });
  return files;
}

std::vector<ModelFile> model_files_of(std::string_view network) {
  std::vector<ModelFile> files = model_files();
  std::erase_if(files, [&](const ModelFile& file) { return file.network() != network; });
  return files;
}

std::vector<std::string> networks() {
  std::set<std::string> names;
  for (const ModelFile& file : model_files()) names.insert(file.network());
  return {names.begin(), names.end()};
}

ModelCase read_case(const ModelFile& file) {
  const std::map<std::string, TensorData> arrays = read_npz(folder / (file.name + ".npz"));
  auto numbered = [&](const char* prefix) {
    std::vector<TensorData> list;
    for (auto found = arrays.end(); (found = arrays.find(fmt::format("{}{}", prefix, list.size()))) != arrays.end();) {
      list.push_back(found->second);
    }
    return list;
  };
  ModelCase data{numbered("in"), numbered("out")};
  if (data.inputs.empty() || data.outputs.empty())
    throw std::runtime_error(file.name + ".npz has no inputs or outputs");
  return data;
}

Graph optimised(const ModelFile& file, const ModelCase& data, const std::set<std::string>& disabled) {
  CompileOptions options;
  options.model = folder / (file.name + ".onnx");
  options.disabled_passes = disabled;
  Graph graph = import_and_optimise(options).graph;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const Tensor& input = graph[graph.inputs[i]];
    if (input.shape != data.inputs.at(i).shape()) options.import.shapes[input.name] = data.inputs[i].shape();
  }
  return options.import.shapes.empty() ? graph : import_and_optimise(options).graph;
}

std::string anonymous_text(Graph graph) {
  graph.name = "graph";
  for (size_t i = 0; i < graph.tensors.size(); ++i) graph.tensors[i].name.clear();
  size_t count = 0;
  auto rename = [&](TensorId id) {
    if (id && graph[id].name.empty()) graph[id].name = fmt::format("t{}", count++);
  };
  for (TensorId id : graph.inputs) rename(id);
  for (NodeId id : graph.order) {
    Node& node = graph[id];
    node.name = "node";
    node.module.clear();
    for (TensorId input : node.inputs) rename(input);
    for (TensorId output : node.outputs) rename(output);
  }
  for (TensorId id : graph.outputs) rename(id);
  return print(graph);
}

double tolerance(std::string_view network) {
  static const std::map<std::string_view, double> looser = {{"plain_fcn", 1e-4}};  // magnifies errors
  const auto found = looser.find(network);
  return found == looser.end() ? 1e-5 : found->second;
}

}  // namespace intaglio::testing
