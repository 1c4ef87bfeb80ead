// intaglio run: computes a model's outputs, with generated code or with the reference interpreter.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <cmath>

#include "backend/generate.h"
#include "commands/commands.h"
#include "commands/npy.h"
#include "interpreter/interpreter.h"

namespace intaglio {

namespace {

struct RunArguments {
  ModelArguments model;
  NativeArguments native;
  InputArguments input;
  std::string output_folder;
  bool reference = false;
};

void print_summary(const std::string& name, const TensorData& data) {
  const std::vector<double> values = data.as_double();
  const std::string tensor = fmt::format("{}: {} {}", name, element_type_name(data.type()), data.shape().text());
  double least = 0, most = 0, sum = 0;
  size_t at = 0, numbers = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    if (numbers == 0 || values[i] < least) least = values[i];
    if (numbers == 0 || values[i] > most) {
      most = values[i];
      at = i;
    }
    sum += values[i];
    ++numbers;
  }
  if (values.empty()) return fmt::print("{}  no elements\n", tensor);
  if (numbers == 0) return fmt::print("{}  all NaN\n", tensor);
  const std::string others = numbers < values.size() ? fmt::format("  {} NaN", values.size() - numbers) : "";
  fmt::print("{}  min {:.6g}  max {:.6g} (at {})  mean {:.6g}{}\n", tensor, least, most, at,
             sum / static_cast<double>(numbers), others);
}

Exit run_model(const RunArguments& arguments) {
  const CompileOptions options = arguments.model.options();
  std::vector<TensorData> outputs;
  std::vector<std::string> names;
  if (arguments.reference) {
    const Imported imported = import_and_optimise(options);
    print_notes(imported.notes);
    outputs = interpret(imported.graph, arguments.input.values(imported.graph), options.lowering.numerics);
    for (TensorId id : imported.graph.outputs) names.push_back(imported.graph[id].name);
  } else {
    const Compiled compiled = compile(options);
    print_notes(compiled.notes);
    const std::vector<TensorData> inputs = arguments.input.values(compiled.graph);
    outputs = NativeModel(compiled, *options.target, arguments.native.options).run(inputs);
    for (TensorId id : compiled.graph.outputs) names.push_back(compiled.graph[id].name);
  }
  const std::vector<std::string> files = file_names(names);
  if (!arguments.output_folder.empty()) std::filesystem::create_directories(arguments.output_folder);
  for (size_t i = 0; i < outputs.size(); ++i) {
    print_summary(names[i], outputs[i]);
    if (!arguments.output_folder.empty())
      write_npy(std::filesystem::path(arguments.output_folder) / (files[i] + ".npy"), outputs[i]);
  }
  return Exit::done;
}

}  // namespace

Command add_run(CLI::App& app) {
  auto arguments = std::make_shared<RunArguments>();
  arguments->model.add_to(app);
  arguments->native.add_to(app);
  arguments->input.add_to(app);
  app.add_option("--output-dir", arguments->output_folder, "Write each output as NAME.npy");
  app.add_flag("--reference", arguments->reference, "Use the reference interpreter instead of generated code");
  return [arguments] { return run_model(*arguments); };
}

}  // namespace intaglio
