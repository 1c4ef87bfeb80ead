// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "commands/test_cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands/npy.h"
#include "frontend/test_data.h"
#include "support/error.h"

namespace intaglio {

namespace fs = std::filesystem;

namespace {

/// The number behind a prefix: 3 in "in3".
std::optional<size_t> number_behind(const std::string& prefix, const std::string& name) {
  if (!name.starts_with(prefix) || name.size() == prefix.size() || name.size() > prefix.size() + 5) return std::nullopt;
  if (name.find_first_not_of("0123456789", prefix.size()) != std::string::npos) return std::nullopt;
  return std::stoul(name.substr(prefix.size()));
}

/// Sorts values into one TestCase.
class CaseReader {
 public:
  CaseReader(const Graph& graph, const fs::path& from)
      : graph_(graph), from_(from), case_(empty_case(graph, from.filename().string())) {}

  void add_archive(const fs::path& path) {
    for (auto& [name, data] : read_npz(path, check())) *slot(name, path) = std::move(data);
  }

  void add_array(const fs::path& path) {
    TensorData data = read_npy(path, check());
    *slot(path.stem().string(), path) = std::move(data);
  }

  /// input_0.pb, output_0.pb; other names are passed over, as ONNX's own test runner does.
  void add_tensor(const fs::path& path) {
    const std::string stem = path.stem().string();
    const auto input = number_behind("input_", stem), output = number_behind("output_", stem);
    if (!input && !output) return;
    Place place{input.has_value(), input ? *input : *output};
    const Tensor& tensor = expect(place, path);
    // A value takes ten bytes at most in a protobuf; names and types little beside them.
    const uint64_t most = (1 << 20) + 12 * tensor.shape.elements() * element_size(tensor.type);
    TensorData data = read_tensor_file(path, most);
    expect_alike(place, data.type(), data.shape(), path);
    *slot(place, path) = std::move(data);
  }

  bool any() const { return any_; }

  TestCase take() {
    if (std::ranges::none_of(case_.outputs, [](const auto& value) { return value.has_value(); })) {
      fail(from_.string(), "holds no expected output, so nothing would be verified",
           "name them out0.. or like the model's outputs; to compare with the interpreter alone, give the inputs with "
           "--input");
    }
    return std::move(case_);
  }

 private:
  struct Place {
    bool input = false;
    size_t index = 0;
  };

  Place place_of(const std::string& name, const fs::path& path) const {
    for (const bool input : {true, false}) {
      const std::vector<TensorId>& ids = input ? graph_.inputs : graph_.outputs;
      for (size_t i = 0; i < ids.size(); ++i) {
        if (graph_[ids[i]].name == name) return {input, i};
      }
      if (const auto number = number_behind(input ? "in" : "out", name)) return {input, *number};
    }
    fail(path.string(), fmt::format("'{}' is no input or output of the model", name),
         "name arrays in0.., out0.. or like the tensors");
  }

  const Tensor& expect(Place place, const fs::path& path) const {
    const std::vector<TensorId>& ids = place.input ? graph_.inputs : graph_.outputs;
    if (place.index >= ids.size()) fail(path.string(), "the model has fewer inputs or outputs than this data");
    return graph_[ids[place.index]];
  }

  void expect_alike(Place place, ElementType type, const Shape& shape, const fs::path& path) const {
    const Tensor& tensor = expect(place, path);
    const bool alike =
        place.input ? type == tensor.type && shape == tensor.shape : shape.elements() == tensor.shape.elements();
    if (alike) return;
    fail(path.string(),
         fmt::format("{} '{}' is {} {} there, {} {} in the model", place.input ? "input" : "output", tensor.name,
                     element_type_name(type), shape.text(), element_type_name(tensor.type), tensor.shape.text()),
         "set the shape with --shape");
  }

  ArrayCheck check() const {
    return [this](const std::string& name, ElementType type, const Shape& shape) {
      expect_alike(place_of(name, from_), type, shape, from_);
    };
  }

  std::optional<TensorData>* slot(const std::string& name, const fs::path& path) {
    return slot(place_of(name, path), path);
  }

  std::optional<TensorData>* slot(Place place, const fs::path& path) {
    std::optional<TensorData>& value = (place.input ? case_.inputs : case_.outputs)[place.index];
    if (value) fail(path.string(), fmt::format("'{}' is given twice", expect(place, path).name));
    any_ = true;
    return &value;
  }

  const Graph& graph_;
  const fs::path from_;
  TestCase case_;
  bool any_ = false;
};

/// Adds the sets of a folder: its own files, and with `below` those of the folders in it.
void read_folder(const fs::path& path, const Graph& graph, bool below, std::vector<TestCase>& cases) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  CaseReader here(graph, path);
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry)) {
      if (below) read_folder(entry, graph, false, cases);
    } else if (entry.extension() == ".npy") {
      here.add_array(entry);
    } else if (entry.extension() == ".pb") {
      here.add_tensor(entry);
    }
  }
  if (here.any()) cases.push_back(here.take());
}

}  // namespace

TestCase empty_case(const Graph& graph, std::string name) {
  TestCase test;
  test.name = std::move(name);
  test.inputs.resize(graph.inputs.size());
  test.outputs.resize(graph.outputs.size());
  return test;
}

std::vector<TestCase> read_cases(const fs::path& path, const Graph& graph) {
  std::vector<TestCase> cases;
  if (fs::is_regular_file(path)) {
    CaseReader archive(graph, path);
    archive.add_archive(path);
    cases.push_back(archive.take());
  } else if (fs::is_directory(path)) {
    read_folder(path, graph, true, cases);
  } else {
    fail(path.string(), fs::exists(path) ? "is neither a file nor a folder" : "there is no such file or folder");
  }
  if (cases.empty()) fail(path.string(), "holds no test data", "in0.npy.., out0.npy.., or input_0.pb, output_0.pb");
  return cases;
}

}  // namespace intaglio
