// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "backend/interface.h"
#include "interpreter/interpreter.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "support/error.h"
#include "support/hash.h"

namespace intaglio {

namespace {

constexpr int64_t largest_inline_weights = 256 << 10;
constexpr int64_t self_test_samples = 1024;
constexpr uint64_t self_test_seed = 1;

/// One hash over the constants that the graph reads, in order.
std::string constants_hash(const Graph& graph) {
  std::string hashes;
  for (const Tensor& tensor : graph.tensors) {
    if (!tensor.constant) continue;
    const std::span<const std::byte> bytes = tensor.constant->bytes();
    hashes += content_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return content_hash(hashes);
}

/// A sample of the interpreter's outputs on generated inputs.
SelfTest make_self_test(const Graph& graph, bool strict) {
  SelfTest test;
  test.seed = self_test_seed;
  const std::vector<TensorData> outputs =
      interpret(graph, generated_inputs(graph, test.seed), strict ? Numerics::strict : Numerics::reference);
  for (const TensorData& output : outputs) {
    SelfTest::Output expected;
    double largest = 0;
    for (double value : output.as_double()) {
      if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
    }
    expected.tolerance = strict ? 0 : 1e-4 * largest;
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

/// Notes what of a tuning file this network cannot use, and records what it chose.
void record_tuning(Compiled& compiled, const std::map<std::string, std::string>& tuning) {
  std::string choices;
  size_t used = 0;
  for (const KernelChoice& layer : compiled.planned.program.choices) {
    choices += fmt::format("{}: {}\n", layer.layer, layer.chosen);
    const auto wanted = tuning.find(layer.layer);
    if (wanted == tuning.end()) continue;
    ++used;
    if (wanted->second != layer.chosen) {
      compiled.notes.push_back(fmt::format("--tuning: layer '{}' cannot be computed by '{}'; '{}' takes it",
                                           layer.layer, wanted->second, layer.chosen));
    }
  }
  if (used == 0) compiled.notes.push_back("--tuning: no layer of this network is in the file");
  compiled.generated_as.recorded_options.emplace_back("tuning", content_hash(choices));
}

}  // namespace

std::set<std::string> switches() {
  std::set<std::string> names = lowering_switches();
  for (const Pass& pass : passes()) names.insert(std::string(pass.name));
  return names;
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
  Imported imported = read_onnx(options.model, options.import);
  verify(imported.graph);
  if (options.emit_ir) options.emit_ir("import", print(imported.graph));
  run_passes(imported.graph, options.disabled, [&](const Pass& pass, const Graph& graph, bool fired) {
    if (options.emit_ir) options.emit_ir(std::string(pass.name), fired ? print(graph) : "(unchanged)\n");
  });
  verify(imported.graph);
  return imported;
}

Compiled compile(const CompileOptions& options) {
  Imported imported = import_and_optimise(options);
  Compiled compiled;
  compiled.notes = std::move(imported.notes);
  compiled.sources = std::move(imported.files);
  compiled.graph = std::move(imported.graph);
  compiled.planned = lower_and_plan(compiled.graph, *options.target,
                                    {options.strict, options.disabled, options.prepare, options.tuning}, options.tasks);
  if (options.emit_ir) options.emit_ir("lower", print(compiled.planned.program));

  GenerateOptions& as = compiled.generated_as;
  as.name = model_name(options.name.empty() ? options.model.stem().string() : options.name, compiled.notes);
  as.source = options.model.filename().string();
  as.strict = options.strict;
  const int64_t weights = lay_out_weights(compiled.planned.program).bytes;
  as.weights =
      options.weights.value_or(weights < largest_inline_weights ? WeightStorage::inline_arrays : WeightStorage::incbin);
  as.model_hash = file_content_hash(options.model);
  as.graph_hash = content_hash(print(compiled.graph));
  as.weights_hash = constants_hash(compiled.graph);
  as.recorded_options = {{"target", std::string(options.target->name)},
                         {"numerics", options.strict ? "strict" : "fast"},
                         {"weights", std::string(weight_storage_name(as.weights))},
                         {"selftest", options.self_test ? "yes" : "no"}};
  if (!options.tuning.empty()) record_tuning(compiled, options.tuning);
  if (options.prepare) {
    as.recorded_options.emplace_back("prepare", "yes");
    if (lay_out_prepared(compiled.planned.program).bytes == 0)
      compiled.notes.push_back("--prepare: no layer reads transformed weights, there is nothing to prepare");
  }
  if (options.tasks > 1) as.recorded_options.emplace_back("parallel", std::to_string(options.tasks));
  for (const auto& [input, shape] : options.import.shapes)
    as.recorded_options.emplace_back("shape " + input, shape.text());
  for (const auto& [input, data] : options.import.bindings) {
    const std::span<const std::byte> bytes = data.bytes();
    as.recorded_options.emplace_back("bind " + input,
                                     content_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
  }
  for (const std::string& output : options.import.outputs) as.recorded_options.emplace_back("output " + output, "kept");
  for (const std::string& name : options.disabled) as.recorded_options.emplace_back("disable " + name, "yes");

  std::optional<SelfTest> self_test;
  if (options.self_test) self_test = make_self_test(compiled.graph, options.strict);
  as.self_test = self_test ? &*self_test : nullptr;
  compiled.files = generate(compiled.planned.program, compiled.planned.placement, *options.target, as);
  as.self_test = nullptr;
  const Interface names = make_interface(compiled.planned.program, as.name);
  compiled.notes.insert(compiled.notes.end(), names.notes.begin(), names.notes.end());
  return compiled;
}

}  // namespace intaglio
