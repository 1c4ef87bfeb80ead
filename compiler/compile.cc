// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "interpreter/interpreter.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "lowering/supported.h"
#include "passes/pipeline.h"
#include "record.h"
#include "support/error.h"

namespace intaglio {

namespace {

constexpr int64_t self_test_samples = 1024;
constexpr uint64_t self_test_seed = 1;

/// A sample of the interpreter's outputs on generated inputs.
SelfTest make_self_test(const Graph& graph, Numerics numerics) {
  SelfTest test;
  test.seed = self_test_seed;
  const std::vector<TensorData> outputs = interpret(graph, generated_inputs(graph, test.seed), numerics);
  for (const TensorData& output : outputs) {
    SelfTest::Output expected;
    double largest = 0;
    for (double value : output.as_double()) {
      if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
    }
    expected.tolerance = numerics == Numerics::strict ? 0 : 1e-4 * largest;
    const int64_t count = output.elements(), samples = std::min(count, self_test_samples);
    const size_t size = element_size(output.type());
    std::vector<std::byte> sample;
    for (int64_t i = 0; i < samples; ++i) {
      expected.positions.push_back(i * count / samples);
      const auto element = output.bytes().subspan(expected.positions.back() * size, size);
      sample.insert(sample.end(), element.begin(), element.end());
    }
    expected.values = TensorData(output.type(), Shape{samples}, std::move(sample));
    test.outputs.push_back(std::move(expected));
  }
  return test;
}

/// Tells whoever watches that a stage begins, or what it did.
void tell(const CompileOptions& options, const char* stage, const std::string& did = {}) {
  if (options.on_stage) options.on_stage(stage, did);
}

Imported read_model(const CompileOptions& options, const NodeCheck& check = {}) {
  tell(options, "read the model");
  Imported imported = read_onnx(options.model, options.import, check);
  tell(options, "read the model",
       fmt::format("{} nodes, {} inputs, {} outputs", imported.graph.order.size(), imported.graph.inputs.size(),
                   imported.graph.outputs.size()));
  return imported;
}

void optimise(Graph& graph, const CompileOptions& options) {
  tell(options, "optimise the graph");
  const size_t all = graph.order.size();
  size_t before = all;
  verify(graph);
  if (options.emit_ir) options.emit_ir("import", print(graph));
  run_passes(graph, options.disabled_passes, [&](const Pass& pass, const Graph& changed, bool fired) {
    if (options.emit_ir) options.emit_ir(std::string(pass.name), fired ? print(changed) : "(unchanged)\n");
    if (!options.on_stage) return;
    const size_t now = changed.order.size();
    options.on_stage("  " + std::string(pass.name), !fired          ? "nothing to do"
                                                    : now == before ? fmt::format("changed some of {} nodes", now)
                                                                    : fmt::format("{} -> {} nodes", before, now));
    before = now;
  });
  verify(graph);
  tell(options, "optimise the graph", fmt::format("{} -> {} nodes", all, graph.order.size()));
}

void expect_supported(const Graph& graph, const CompileOptions& options) {
  std::vector<Problem> problems = unsupported_in(graph);
  for (Problem& problem : problems) problem.where = fmt::format("{}: {}", options.model.string(), problem.where);
  if (!problems.empty()) throw Error(std::move(problems));
}

}  // namespace

std::set<std::string> switches() {
  std::set<std::string> names;
  for (const SwitchRow& row : lowering_switches) names.insert(std::string(row.name));
  for (const Pass& pass : passes()) names.insert(std::string(pass.name));
  return names;
}

bool disable(CompileOptions& options, const std::string& name) {
  const auto row = std::ranges::find(lowering_switches, name, &SwitchRow::name);
  if (row != lowering_switches.end())
    options.lowering.disabled.insert(row->value);
  else if (std::ranges::find(passes(), name, &Pass::name) != passes().end())
    options.disabled_passes.insert(name);
  else
    return false;
  return true;
}

std::vector<TensorData> generated_inputs(const Graph& graph, uint64_t seed) {
  std::vector<TensorData> inputs;
  for (size_t i = 0; i < graph.inputs.size(); ++i) {
    const Tensor& tensor = graph[graph.inputs[i]];
    const int64_t count = tensor.shape.elements();
    inputs.push_back(visit_type(tensor.type, [&]<class T>() {
      std::vector<T> values(static_cast<size_t>(count));
      for (int64_t index = 0; index < count; ++index)
        values[index] = static_cast<T>(generated_element(seed, i, index, tensor.type));
      return TensorData::of(tensor.shape, std::move(values));
    }));
  }
  return inputs;
}

Imported import_and_optimise(const CompileOptions& options) {
  Imported imported = read_model(options);
  optimise(imported.graph, options);
  return imported;
}

Compiled compile_graph(Imported imported, const CompileOptions& options) {
  Compiled compiled;
  Graph& graph = imported.graph;
  const ModelHashes hashes = hash_model(imported);  // what passes leave also depends on options and values
  optimise(graph, options);
  expect_supported(graph, options);
  tell(options, "choose kernels and plan memory");
  compiled.planned = lower_and_plan(graph, *options.target, options.lowering, options.tasks);
  tell(options, "choose kernels and plan memory",
       fmt::format("{} steps in {} groups, {} buffers in an arena of {} bytes", compiled.planned.program.steps.size(),
                   compiled.planned.program.groups.size(), compiled.planned.plan.offsets.size(),
                   compiled.planned.arena.bytes));
  if (options.emit_ir) options.emit_ir("lower", print(compiled.planned.program));

  compiled.generated_as = record(hashes, compiled.planned.program, options, compiled.notes);
  if (options.self_test) {
    tell(options, "interpret for the self-test");
    compiled.generated_as.self_test = make_self_test(graph, options.lowering.numerics);
    tell(options, "interpret for the self-test",
         fmt::format("{} outputs", compiled.generated_as.self_test->outputs.size()));
  }
  tell(options, "generate");
  compiled.files = generate(compiled.planned.program, compiled.planned.arena, *options.target, compiled.generated_as);
  tell(options, "generate", fmt::format("{} files", compiled.files.size()));
  compiled.graph = std::move(graph);
  compiled.notes.insert(compiled.notes.begin(), imported.notes.begin(), imported.notes.end());
  compiled.sources = std::move(imported.files);
  return compiled;
}

Compiled compile(const CompileOptions& options) { return compile_graph(read_model(options, unsupported), options); }

}  // namespace intaglio
