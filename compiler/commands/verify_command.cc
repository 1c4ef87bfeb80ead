// intaglio verify: generated code against the reference interpreter and against expected outputs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "commands/commands.h"
#include "commands/npy.h"
#include "frontend/test_data.h"
#include "interpreter/interpreter.h"

namespace intaglio {

namespace {

namespace fs = std::filesystem;

struct VerifyArguments {
  ModelArguments model;
  NativeArguments native;
  InputArguments input;
  std::vector<std::string> expected;
  std::string data;
  double tolerance = 0;
  bool layers = false;
};

/// max |a - b| / max |b|, infinite where only one is NaN; 0 for equal integers, 1 otherwise: an index that is off by
/// one is as wrong as any other.
double difference(const TensorData& got, const TensorData& wanted) {
  if (got.elements() != wanted.elements()) return std::numeric_limits<double>::infinity();
  const std::vector<double> a = got.as_double(), b = wanted.as_double();
  if (got.type() != ElementType::float32) return a == b ? 0 : 1;
  double largest = 0, error = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (a[i] == b[i]) {
      if (std::isfinite(b[i])) largest = std::max(largest, std::fabs(b[i]));
      continue;
    }
    const double gap = std::fabs(a[i] - b[i]);
    if (!std::isfinite(gap)) return std::numeric_limits<double>::infinity();
    error = std::max(error, gap);
    largest = std::max(largest, std::fabs(b[i]));
  }
  return largest > 0 ? error / largest : error;
}

bool same_bits(const TensorData& a, const TensorData& b) {
  return a.bytes().size() == b.bytes().size() &&
         (a.bytes().empty() || std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0);
}

/// One set of inputs and expected outputs by position; either may be partial.
struct TestCase {
  std::string name;
  std::vector<std::optional<TensorData>> inputs, outputs;
};

/// The number behind a prefix: 3 in "in3".
std::optional<size_t> number_behind(const std::string& prefix, const std::string& name) {
  if (!name.starts_with(prefix) || name.size() == prefix.size() || name.size() > prefix.size() + 5) return std::nullopt;
  if (name.find_first_not_of("0123456789", prefix.size()) != std::string::npos) return std::nullopt;
  return std::stoul(name.substr(prefix.size()));
}

std::optional<size_t> position_of(const std::string& name, const std::vector<std::string>& names, const char* prefix) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return i;
  }
  return number_behind(prefix, name);
}

/// --data: NAME.npz with in0.., out0.. (or the tensors' names), a folder of .npy files of those names, an ONNX
/// test_data_set (input_0.pb, output_0.pb), or a folder of such sets.
std::vector<TestCase> read_cases(const fs::path& path, const std::vector<std::string>& inputs,
                                 const std::vector<std::string>& outputs) {
  std::vector<TestCase> cases;
  auto store = [](std::vector<std::optional<TensorData>>& list, size_t at, TensorData data, const fs::path& from) {
    if (at >= list.size()) fail(from.string(), "the model has fewer inputs or outputs than this data");
    list[at] = std::move(data);
  };
  auto empty_case = [&](const std::string& name) {
    return TestCase{name, std::vector<std::optional<TensorData>>(inputs.size()),
                    std::vector<std::optional<TensorData>>(outputs.size())};
  };
  auto add_array = [&](TestCase& test, const std::string& name, TensorData data, const fs::path& from) {
    if (const auto in = position_of(name, inputs, "in")) return store(test.inputs, *in, std::move(data), from);
    if (const auto out = position_of(name, outputs, "out")) return store(test.outputs, *out, std::move(data), from);
    fail(from.string(), fmt::format("'{}' is no input or output of the model", name),
         "name arrays in0.., out0.. or like the tensors");
  };
  if (fs::is_regular_file(path)) {
    TestCase test = empty_case(path.filename().string());
    for (auto& [name, data] : read_npz(path)) add_array(test, name, data, path);
    cases.push_back(std::move(test));
    return cases;
  }
  if (!fs::is_directory(path)) fail(path.string(), "there is no such file or folder");
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  TestCase here = empty_case(path.filename().string());
  bool any = false;
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry)) {
      for (TestCase& test : read_cases(entry, inputs, outputs)) cases.push_back(std::move(test));
    } else if (entry.extension() == ".npy") {
      add_array(here, entry.stem().string(), read_npy(entry), entry);
      any = true;
    } else if (entry.extension() == ".pb") {
      const std::string stem = entry.stem().string();
      const auto input = number_behind("input_", stem), output = number_behind("output_", stem);
      if (!input && !output) continue;
      store(input ? here.inputs : here.outputs, input ? *input : *output, read_tensor_file(entry), entry);
      any = true;
    }
  }
  if (any) cases.push_back(std::move(here));
  return cases;
}

std::vector<std::string> names_of(const Graph& graph, const std::vector<TensorId>& ids) {
  std::vector<std::string> names;
  for (TensorId id : ids) names.push_back(graph[id].name);
  return names;
}

/// Compiles the optimised graph with every intermediate value as an output and reports the first one that differs.
bool compare_layers(const CompileOptions& options, const VerifyArguments& arguments,
                    const std::vector<TensorData>& inputs, double tolerance) {
  Compiled compiled;
  compiled.graph = import_and_optimise(options).graph;
  Graph& graph = compiled.graph;
  graph.outputs.clear();
  for (NodeId id : graph.order) {
    for (TensorId output : graph[id].outputs) {
      if (output) graph.outputs.push_back(output);
    }
  }
  compiled.planned =
      lower_and_plan(graph, *options.target, {options.strict, options.disabled, options.prepare, options.tuning});
  compiled.generated_as.name = "layers";
  compiled.generated_as.source = options.model.filename().string();
  compiled.generated_as.strict = options.strict;
  compiled.generated_as.weights = WeightStorage::incbin;
  compiled.files =
      generate(compiled.planned.program, compiled.planned.placement, *options.target, compiled.generated_as);
  const std::vector<TensorData> got = NativeModel(compiled, *options.target, arguments.native.options).run(inputs);
  const std::vector<TensorData> wanted =
      interpret(graph, inputs, options.strict ? Numerics::strict : Numerics::reference);
  size_t at = 0;
  for (NodeId id : graph.order) {
    for (TensorId output : graph[id].outputs) {
      if (!output) continue;
      const double error = difference(got[at], wanted[at]);
      const bool right = options.strict ? same_bits(got[at], wanted[at]) : error <= tolerance;
      if (!right) {
        fmt::print("first difference: '{}' {} of {}: error {:.3g}\n", graph[output].name, graph[output].shape.text(),
                   describe(graph[id]), error);
        return false;
      }
      ++at;
    }
  }
  fmt::print("layers: all {} values agree\n", at);
  return true;
}

Exit run_verify(const VerifyArguments& arguments) {
  const CompileOptions options = arguments.model.options();
  const Compiled compiled = compile(options);
  print_notes(compiled.notes);
  const Graph& graph = compiled.graph;
  const std::vector<std::string> input_names = names_of(graph, graph.inputs),
                                 output_names = names_of(graph, graph.outputs);
  const double tolerance = arguments.tolerance > 0 ? arguments.tolerance : options.strict ? 1e-5 : 1e-4;
  std::vector<TestCase> cases;
  if (!arguments.data.empty()) cases = read_cases(arguments.data, input_names, output_names);
  if (cases.empty()) {
    if (!arguments.data.empty()) fail(arguments.data, "holds no test data");
    cases.push_back({"", std::vector<std::optional<TensorData>>(input_names.size()),
                     std::vector<std::optional<TensorData>>(output_names.size())});
  }
  for (const std::string& text : arguments.expected) {
    const auto [name, file] = split_assignment(text, "--expect");
    const auto at = std::find(output_names.begin(), output_names.end(), name);
    if (at == output_names.end())
      throw Error(Problem{"", fmt::format("--expect: the model has no output '{}'", name), "see `intaglio inspect`"},
                  Exit::usage);
    for (TestCase& test : cases) test.outputs[at - output_names.begin()] = read_npy(file);
  }
  const NativeModel native(compiled, *options.target, arguments.native.options);
  bool right = true;
  for (const TestCase& test : cases) {
    std::vector<TensorData> inputs = arguments.input.values(graph);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (!test.inputs[i]) continue;
      const Tensor& tensor = graph[graph.inputs[i]];
      if (test.inputs[i]->type() != tensor.type || test.inputs[i]->shape() != tensor.shape) {
        fail(arguments.data,
             fmt::format("input '{}' is {} {} there, {} {} in the model", tensor.name,
                         element_type_name(test.inputs[i]->type()), test.inputs[i]->shape().text(),
                         element_type_name(tensor.type), tensor.shape.text()),
             "set the shape with --shape");
      }
      inputs[i] = *test.inputs[i];
    }
    const std::vector<TensorData> got = native.run(inputs);
    const std::vector<TensorData> reference =
        interpret(graph, inputs, options.strict ? Numerics::strict : Numerics::reference);
    for (size_t i = 0; i < got.size(); ++i) {
      auto report = [&](const char* what, double error, bool ok) {
        fmt::print("{}{}: {} {}: error {:.3g}{}\n", test.name.empty() ? "" : test.name + " ", output_names[i],
                   ok ? "agrees with" : "DIFFERS from", what, error,
                   options.strict && std::strcmp(what, "the interpreter") == 0
                       ? (ok ? ", same bits" : ", not the same bits")
                       : "");
        right = right && ok;
      };
      const double error = difference(got[i], reference[i]);
      report("the interpreter", error, options.strict ? same_bits(got[i], reference[i]) : error <= tolerance);
      if (test.outputs[i]) {
        const double expected_error = difference(got[i], *test.outputs[i]);
        report("the expected values", expected_error, expected_error <= tolerance);
      }
    }
    if (arguments.layers) right = compare_layers(options, arguments, inputs, tolerance) && right;
  }
  fmt::print("{}\n", right ? "verified" : "NOT verified");
  return right ? Exit::done : Exit::failed;
}

}  // namespace

Command add_verify(CLI::App& app) {
  auto arguments = std::make_shared<VerifyArguments>();
  arguments->model.add_to(app);
  arguments->native.add_to(app);
  arguments->input.add_to(app);
  auto* expect = app.add_option("--expect", arguments->expected, "NAME=FILE.npy: expected value of an output")
                     ->expected(1)
                     ->take_all();
  app.add_option("--data", arguments->data, "Inputs and expected outputs: .npz, folder of .npy, or ONNX test_data_set")
      ->excludes(expect);
  app.add_option("--tolerance", arguments->tolerance,
                 "Allowed max |difference| / max |expected| (1e-4; strict 1e-5 and equal bits)");
  app.add_flag("--layers", arguments->layers, "Compare every intermediate value and name the first that differs");
  return [arguments] { return run_verify(*arguments); };
}

}  // namespace intaglio
