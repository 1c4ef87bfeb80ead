// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conformance/node_tests.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>

#include "frontend/import.h"
#include "frontend/test_data.h"
#include "lowering/lower.h"
#include "lowering/supported.h"
#include "passes/pipeline.h"
#include "support/error.h"
#include "target/target.h"

namespace intaglio::testing {

namespace fs = std::filesystem;

namespace {

const fs::path here = fs::path(INTAGLIO_TESTS_DIR) / "conformance";
const fs::path installed = "/usr/share/libonnx-testdata/data";  // Debian's libonnx-testdata

onnx::ModelProto read_model(const fs::path& path) {
  onnx::ModelProto model;
  std::ifstream file(path, std::ios::binary);
  model.ParseFromIstream(&file);
  return model;
}

bool uses_only(const onnx::ModelProto& model, const std::set<std::string>& operators) {
  const auto& nodes = model.graph().node();
  return std::all_of(nodes.begin(), nodes.end(), [&](const onnx::NodeProto& node) {
    return node.domain().empty() && operators.contains(node.op_type());
  });
}

/// Names of the inputs that no initializer replaces, in order.
std::vector<std::string> input_names(const onnx::ModelProto& model) {
  std::set<std::string> constants;
  for (const onnx::TensorProto& tensor : model.graph().initializer()) constants.insert(tensor.name());
  std::vector<std::string> names;
  for (const onnx::ValueInfoProto& input : model.graph().input()) {
    if (!constants.contains(input.name())) names.push_back(input.name());
  }
  return names;
}

std::vector<TensorData> read_tensors(const fs::path& folder, const char* kind) {
  std::vector<TensorData> tensors;
  for (fs::path path; fs::exists(path = folder / fmt::format("{}_{}.pb", kind, tensors.size()));) {
    tensors.push_back(read_tensor_file(path));
  }
  return tensors;
}

LoadedTest load(const NodeTest& test) {
  const fs::path model_path = test.folder / "model.onnx", data = test.folder / "test_data_set_0";
  LoadedTest loaded{test, {}, {}, {}};
  const std::vector<std::string> names = input_names(read_model(model_path));
  const std::vector<TensorData> inputs = read_tensors(data, "input");
  loaded.outputs = read_tensors(data, "output");
  if (inputs.size() != names.size()) fail(test.name, "inputs and data do not match");

  const auto integer = [&](size_t i) { return inputs[i].type() != ElementType::float32; };
  const auto nothing = [](size_t) { return false; };
  const auto behind_first = [&](size_t i) { return i > 0 || integer(i); };
  const auto everything = [](size_t) { return true; };  // Range of floats: nothing is left to compute
  const std::vector<std::function<bool(size_t)>> choices = {nothing, integer, behind_first, everything};
  for (size_t choice = 0;; ++choice) {
    ImportOptions options;
    loaded.inputs.clear();
    for (size_t i = 0; i < names.size(); ++i) {
      if (choices[choice](i)) {
        options.bindings.emplace(names[i], inputs[i]);
      } else {
        options.shapes.emplace(names[i], inputs[i].shape());
        loaded.inputs.push_back(inputs[i]);
      }
    }
    try {
      loaded.graph = read_onnx(model_path, options).graph;
      Graph optimised = loaded.graph;
      run_passes(optimised);
      // Refuses weights that only the first bindings leave open.
      if (const std::vector<Problem> problems = unsupported_in(optimised); !problems.empty()) throw Error(problems);
      lower(optimised, *find_target("portable"));
      return loaded;
    } catch (const Error& error) {
      const bool last = choice + (test.name == "node/test_range_float_type_positive_delta" ? 1 : 2) == choices.size();
      if (error.exit() == Exit::internal || last) throw;
    }
  }
}

}  // namespace

std::vector<NodeTest> node_tests() {
  std::set<std::string> operators;
  for (const OperatorRow& row : operator_table()) operators.insert(row.name);
  std::vector<NodeTest> tests;
  const std::map<std::string, fs::path> collections = {{"node", installed / "node"},
                                                       {"pytorch-converted", installed / "pytorch-converted"},
                                                       {"pytorch-operator", installed / "pytorch-operator"},
                                                       {"simple", installed / "simple"},
                                                       {"newer", here / "data"}};
  for (const auto& [collection, folder] : collections) {
    if (!fs::exists(folder)) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
      const fs::path model = entry.path() / "model.onnx";
      if (!fs::exists(model) || !uses_only(read_model(model), operators)) continue;
      tests.push_back({collection + "/" + entry.path().filename().string(), entry.path()});
    }
  }
  std::sort(tests.begin(), tests.end(), [](const NodeTest& a, const NodeTest& b) { return a.name < b.name; });
  return tests;
}

LoadedTests load_node_tests() {
  LoadedTests tests;
  for (const NodeTest& test : node_tests()) {
    try {
      tests.understood.push_back(load(test));
    } catch (const Error& error) {
      if (error.exit() == Exit::internal) throw;
      tests.refused[test.name] = error.problems().front().message;
    }
  }
  return tests;
}

std::map<std::string, std::string> listed_as_refused() {
  std::ifstream file(here / "refused.txt");
  std::map<std::string, std::string> listed;
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (!line.starts_with('#') && colon != std::string::npos) listed[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return listed;
}

}  // namespace intaglio::testing
