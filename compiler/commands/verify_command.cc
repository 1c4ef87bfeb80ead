// intaglio verify: generated code against the reference interpreter and against expected outputs.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "commands/commands.h"
#include "commands/npy.h"
#include "commands/test_cases.h"
#include "interpreter/interpreter.h"

namespace intaglio {

namespace {

struct VerifyArguments {
  ModelArguments model;
  NativeArguments native;
  InputArguments input;
  std::vector<std::string> expected;
  std::string data;
  double tolerance = 0;
  bool layers = false;
};

/// How far results are off, and where most.
struct ResultDifference {
  double error = 0;  ///< max |got - wanted| / max |wanted|
  int64_t worst = -1;
  std::string why = {};  ///< where that is no question of rounding
};

/// The error is infinite where only one is NaN or they are not the same infinity. Of integers it is 0 where they are
/// equal and 1 otherwise: an index that is off by one is as wrong as any other.
ResultDifference difference(const TensorData& got, const TensorData& wanted) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (got.elements() != wanted.elements())
    return {infinity, -1, fmt::format("{} values, not {}", got.elements(), wanted.elements())};
  if (!is_real(got.type()) && !is_real(wanted.type())) {  // those beyond 2^53 have no double of their own
    const std::vector<int64_t> a = got.as_int64(), b = wanted.as_int64();
    const auto [left, right] = std::ranges::mismatch(a, b);
    return left == a.end() ? ResultDifference{}
                           : ResultDifference{1, left - a.begin(), fmt::format("{}, not {}", *left, *right)};
  }
  const std::vector<double> a = got.as_double(), b = wanted.as_double();
  double largest = 0;
  ResultDifference result;
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    if (std::isfinite(b[i])) largest = std::max(largest, std::fabs(b[i]));
    if (a[i] == b[i]) continue;
    const double gap = std::fabs(a[i] - b[i]);
    const auto at = static_cast<int64_t>(i);
    if (std::isnan(a[i])) return {infinity, at, fmt::format("NaN, not {:.6g}", b[i])};
    if (std::isnan(b[i]) || !std::isfinite(gap)) return {infinity, at, fmt::format("{:.6g}, not {:.6g}", a[i], b[i])};
    if (!is_real(got.type())) return {1, at, fmt::format("{:.6g}, not {:.6g}", a[i], b[i])};
    if (gap > result.error) result = {gap, at, {}};
  }
  if (largest > 0) result.error /= largest;
  return result;
}

/// "error 0.02 of 0.0001, most at [0,3]", "NaN, not 0.5, at [0,3]".
std::string describe(const ResultDifference& difference, double tolerance, const Shape& shape) {
  std::string text =
      difference.why.empty() ? fmt::format("error {:.3g} of {:.3g}", difference.error, tolerance) : difference.why;
  if (difference.worst < 0) return text;
  std::string place;
  int64_t rest = difference.worst;
  for (size_t axis = shape.rank(); axis-- > 0; rest /= shape[axis])
    place = fmt::format("{}{}{}", rest % shape[axis], place.empty() ? "" : ",", place);
  return text + fmt::format(", {}at [{}]", difference.why.empty() ? "most " : "", place);
}

bool same_bits(const TensorData& a, const TensorData& b) {
  return a.bytes().size() == b.bytes().size() &&
         (a.bytes().empty() || std::memcmp(a.bytes().data(), b.bytes().data(), a.bytes().size()) == 0);
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
  compiled.planned = lower_and_plan(graph, *options.target, options.lowering);
  compiled.generated_as.name = "layers";
  compiled.generated_as.source = options.model.filename().string();
  compiled.generated_as.numerics = options.lowering.numerics;
  compiled.generated_as.weights = WeightStorage::incbin;
  compiled.files = generate(compiled.planned.program, compiled.planned.arena, *options.target, compiled.generated_as);
  const std::vector<TensorData> got = NativeModel(compiled, *options.target, arguments.native.options).run(inputs);
  const std::vector<TensorData> wanted = interpret(graph, inputs, options.lowering.numerics);
  size_t at = 0;
  for (NodeId id : graph.order) {
    for (TensorId output : graph[id].outputs) {
      if (!output) continue;
      const ResultDifference off = difference(got[at], wanted[at]);
      const bool right = options.lowering.strict() ? same_bits(got[at], wanted[at]) : off.error <= tolerance;
      if (!right) {
        fmt::print("first difference: '{}' {} of {}: {}\n", graph[output].name, graph[output].shape.text(),
                   describe(graph[id]), describe(off, tolerance, graph[output].shape));
        return false;
      }
      ++at;
    }
  }
  fmt::print("layers: all {} values agree\n", at);
  return true;
}

/// The data's inputs; those it lacks come from --input. Expected values of a run on other inputs would prove nothing.
std::vector<TensorData> inputs_of(const TestCase& test, const VerifyArguments& arguments, const Graph& graph) {
  std::vector<TensorData> inputs = arguments.input.values(graph);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string& name = graph[graph.inputs[i]].name;
    if (test.inputs[i]) {
      inputs[i] = *test.inputs[i];
    } else if (!arguments.data.empty() && !arguments.input.gives(name)) {
      fail(arguments.data, fmt::format("'{}' holds no value of input '{}'", test.name, name),
           fmt::format("add it as in{} or under its name, or give it with --input", i));
    }
  }
  return inputs;
}

Exit run_verify(const VerifyArguments& arguments) {
  if (!(arguments.tolerance >= 0)) {
    throw Error(Problem{"", fmt::format("--tolerance {} is below 0", arguments.tolerance),
                        "give the largest error that is right, 1e-4 for example; 0 is the default"},
                Exit::usage);
  }
  const CompileOptions options = arguments.model.options();
  const Compiled compiled = compile(options);
  print_notes(compiled.notes);
  const Graph& graph = compiled.graph;
  const std::vector<std::string> output_names = names_of(graph, graph.outputs);
  const double tolerance = arguments.tolerance > 0 ? arguments.tolerance : options.lowering.strict() ? 1e-5 : 1e-4;
  std::vector<TestCase> cases;
  if (arguments.data.empty())
    cases.push_back(empty_case(graph, ""));
  else
    cases = read_cases(arguments.data, graph);
  for (const std::string& text : arguments.expected) {
    const auto [name, file] = split_assignment(text, "--expect");
    if (std::find(output_names.begin(), output_names.end(), name) == output_names.end())
      throw Error(Problem{"", fmt::format("--expect: the model has no output '{}'", name), "see `intaglio inspect`"},
                  Exit::usage);
    for (size_t i = 0; i < output_names.size(); ++i) {  // an output may be listed twice
      if (output_names[i] != name) continue;
      const Tensor& tensor = graph[graph.outputs[i]];
      const auto check = [&, &file = file](const std::string&, ElementType type, const Shape& shape) {
        if (shape.elements() == tensor.shape.elements()) return;
        fail(file, fmt::format("holds {} {}, output '{}' is {} {}", element_type_name(type), shape.text(), tensor.name,
                               element_type_name(tensor.type), tensor.shape.text()));
      };
      for (TestCase& test : cases) test.outputs[i] = read_npy(file, check);
    }
  }
  const NativeModel native(compiled, *options.target, arguments.native.options);
  bool right = true;
  for (const TestCase& test : cases) {
    const std::vector<TensorData> inputs = inputs_of(test, arguments, graph);
    const std::vector<TensorData> got = native.run(inputs);
    const std::vector<TensorData> reference = interpret(graph, inputs, options.lowering.numerics);
    for (size_t i = 0; i < got.size(); ++i) {
      auto report = [&](const char* what, const ResultDifference& off, bool ok) {
        fmt::print("{}{}: {} {}: {}{}\n", test.name.empty() ? "" : test.name + " ", output_names[i],
                   ok ? "agrees with" : "DIFFERS from", what, describe(off, tolerance, graph[graph.outputs[i]].shape),
                   options.lowering.strict() && std::strcmp(what, "the interpreter") == 0
                       ? (ok ? ", same bits" : ", not the same bits")
                       : "");
        right = right && ok;
      };
      const ResultDifference off = difference(got[i], reference[i]);
      report("the interpreter", off,
             options.lowering.strict() ? same_bits(got[i], reference[i]) : off.error <= tolerance);
      if (test.outputs[i]) {
        const ResultDifference from_expected = difference(got[i], *test.outputs[i]);
        report("the expected values", from_expected, from_expected.error <= tolerance);
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
