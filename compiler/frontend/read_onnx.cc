// The import from start to end: file, inputs, functions, order, one importer per node, outputs, dead nodes.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "frontend/external_data.h"
#include "frontend/functions.h"
#include "frontend/graph_inputs.h"
#include "frontend/import.h"
#include "frontend/importers.h"
#include "frontend/model_file.h"
#include "frontend/node_order.h"
#include "frontend/tensor_proto.h"

namespace intaglio {

namespace frontend {

namespace {

/// Problems of operators as such, reported once for all nodes that share them.
class OperatorCheck {
 public:
  explicit OperatorCheck(Problems& problems) : problems_(problems) {}

  /// The importer for a node and the since-version in force; nothing (and a problem) when there is none.
  const OperatorImporter* find(const SourceNode& node, int& version) {
    const std::string operation = operator_text(*node.proto), domain = normal_domain(node.proto->domain());
    const OperatorImporter* importer = domain.empty() ? find_importer(operation) : nullptr;
    if (!importer) return refuse_operator(node, operation, domain);
    const auto opset = node.opsets->find(domain);
    if (opset == node.opsets->end()) return refuse(node, "the model imports no opset for the default ONNX domain", {});
    const auto& versions = importer->since_versions;
    if (opset->second > newest_opset) {
      return refuse(node,
                    fmt::format("{} of opset {} is not supported: the newest understood is version {}, of opset {}",
                                operation, opset->second, versions.back(), newest_opset),
                    fmt::format("export with opset {} or older", newest_opset));
    }
    if (opset->second < oldest_opset) {
      return refuse(node,
                    fmt::format("{} of opset {} is not supported: the oldest understood is opset {}", operation,
                                opset->second, oldest_opset),
                    fmt::format("export with opset {} or newer", oldest_opset));
    }
    if (opset->second >= importer->removed_in) {
      return refuse(node,
                    fmt::format("{} is not part of opset {}: it was removed in opset {}", operation, opset->second,
                                importer->removed_in),
                    {});
    }
    const auto newer = std::ranges::upper_bound(versions, opset->second);
    if (newer == versions.begin()) {
      return refuse(
          node,
          fmt::format("{} is not part of opset {}: it came with opset {}", operation, opset->second, versions.front()),
          {});
    }
    version = *(newer - 1);
    return importer;
  }

  void report() {
    for (const auto& [message, finding] : findings_) {
      const std::string more = finding.nodes > 1 ? fmt::format(" ({} nodes)", finding.nodes) : "";
      problems_.add(finding.place, message + more, finding.help);
    }
  }

 private:
  struct Finding {
    std::string place, help;
    int nodes = 0;
  };

  const OperatorImporter* refuse(const SourceNode& node, const std::string& message, std::string help) {
    Finding& finding = findings_.try_emplace(message, Finding{node.place(), std::move(help)}).first->second;
    ++finding.nodes;
    return nullptr;
  }

  const OperatorImporter* refuse_operator(const SourceNode& node, const std::string& operation,
                                          const std::string& domain) {
    const std::string name = in_quotes(operation);
    if (!domain.empty()) return refuse(node, "operator " + name + " of a custom domain is not supported", {});
    const bool control = operation == "If" || operation == "Loop" || operation == "Scan";
    if (control)
      return refuse(node, "control flow (" + operation + ") is not supported",
                    "export the model with fixed control flow");
    return refuse(node, "operator " + name + " is not supported", "'intaglio ops' lists the operators understood");
  }

  Problems& problems_;
  std::map<std::string, Finding> findings_;
};

void expect_arity(const OperatorImporter& importer, const NodeImporter& node) {
  if (node.input_count() < importer.fewest_inputs) {
    node.fail(fmt::format("{} has {} inputs, but needs {}", node.type(), node.input_count(), importer.fewest_inputs));
  }
  if (node.input_count() > importer.most_inputs) {
    node.fail(
        fmt::format("{} has {} inputs, but takes at most {}", node.type(), node.input_count(), importer.most_inputs));
  }
  if (node.output_count() == 0) node.fail(node.type() + " has no output");
  if (node.output_count() > importer.most_outputs) {
    node.fail(fmt::format("{} has {} outputs, but gives at most {}", node.type(), node.output_count(),
                          importer.most_outputs));
  }
}

/// Its outputs stay unknown when something is wrong; nodes that read unknown values are passed over.
void import_node(SourceNode& source, OperatorCheck& operators, NamedValues& values, Problems& problems) {
  int version = 0;
  const OperatorImporter* importer = operators.find(source, version);
  if (!importer) return;
  for (const std::string& input : source.proto->input()) {
    if (!input.empty() && values.find(input).kind == Value::Kind::unknown) return;
  }
  try {
    NodeImporter node(source, version, values);
    expect_arity(*importer, node);
    importer->import(node);
    node.attributes.check_all_read();
  } catch (const Error& error) {
    if (error.exit() == Exit::internal) throw;
    problems.add(source.place(), error);
    for (const std::string& output : source.proto->output()) values.define(output, {});
  }
}

/// The names of the values to compute: the model's outputs, or those the user cuts the graph at. A name may stand there
/// twice: PyTorch writes such models where a module returns one tensor twice.
std::vector<std::string> wanted_outputs(const onnx::GraphProto& model, const ImportOptions& options,
                                        Problems& problems) {
  std::vector<std::string> names = options.outputs;
  if (names.empty()) {
    for (const auto& output : model.output()) names.push_back(output.name());
  }
  if (names.empty()) problems.add({}, "the model has no outputs");
  return names;
}

/// Names that have a value before any node runs. Also reports what is listed twice or not supported.
std::unordered_set<std::string> define_initializers(onnx::GraphProto& model, const ImportOptions& options,
                                                    NamedValues& values, Problems& problems) {
  std::unordered_set<std::string> names;
  for (auto& initializer : *model.mutable_initializer()) {
    if (!names.insert(initializer.name()).second) {
      problems.add("initializer " + in_quotes(initializer.name()), "is listed twice");
    }
    if (options.bindings.contains(initializer.name())) continue;
    values.define_initializer(initializer);
  }
  for (const auto& sparse : model.sparse_initializer()) {
    problems.add("initializer " + in_quotes(sparse.values().name()), "sparse initializers are not supported");
    names.insert(sparse.values().name());
  }
  for (const auto& input : model.input()) names.insert(input.name());
  return names;
}

/// What the model declares of an output must be what its nodes compute: a file in which they differ was damaged, or
/// edited without care. Undeclared types and symbolic dimensions say nothing.
void check_declaration(const onnx::ValueInfoProto& declared, const Tensor& computed, const std::string& doubt,
                       const std::string& place, Problems& problems) {
  if (!declared.type().has_tensor_type()) return;
  const auto& tensor = declared.type().tensor_type();
  const bool type_differs = tensor.elem_type() != onnx::TensorProto::UNDEFINED &&
                            element_type(tensor.elem_type()) != std::optional(computed.type);
  const auto& dims = tensor.shape().dim();
  bool shape_differs = tensor.has_shape() && static_cast<size_t>(dims.size()) != computed.shape.rank();
  std::string shape = tensor.has_shape() && dims.empty() ? "scalar" : "";
  for (int axis = 0; axis < dims.size(); ++axis) {
    const bool known = dims[axis].has_dim_value();
    shape += (axis > 0 ? "x" : "") + (known ? std::to_string(dims[axis].dim_value()) : "?");
    if (known && !shape_differs) shape_differs = dims[axis].dim_value() != computed.shape[static_cast<size_t>(axis)];
  }
  if (!type_differs && !shape_differs) return;
  problems.add(place,
               fmt::format("is declared as {}{}, but computed as {} {}", data_type_name(tensor.elem_type()),
                           shape.empty() ? "" : " " + shape, element_type_name(computed.type), computed.shape.text()),
               doubt.empty() ? "the file is damaged, or was edited: export the model again" : doubt);
}

/// Outputs are tensors that nodes write under the output's name; what is an input, a constant or has another name
/// passes through an identity node. An output keeps its name: a constant that has it gives it away.
void define_outputs(const onnx::GraphProto& model, const std::vector<std::string>& names,
                    const std::unordered_set<std::string>& produced, NamedValues& values, Problems& problems) {
  Graph& graph = values.graph;
  std::unordered_set<std::string> model_outputs;
  for (const auto& output : model.output()) model_outputs.insert(output.name());
  for (const std::string& name : names) {
    const std::string place = "output " + in_quotes(name);
    const Value value = values.find(name);
    if (value.kind == Value::Kind::unknown) {
      // Its node may be missing because of another problem: that one says more.
      if (!produced.contains(name) && !problems.any()) problems.add(place, "is not a value of the model");
      continue;
    }
    if (value.kind == Value::Kind::sequence) {
      problems.add(place, "is a sequence, which is not supported");
      continue;
    }
    TensorId id = value.tensor;
    const Tensor tensor = graph[id];
    if (model_outputs.contains(name))
      check_declaration(*values.declared(name), tensor, values.doubtful_extent, place, problems);
    if (tensor.type == ElementType::float64) {
      problems.add(place, "has type float64, which is not supported", "export the model in float32");
      continue;
    }
    if (tensor.constant || graph.is_input(id) || tensor.name != name) {
      const TensorId source = id;
      graph.free_name(name, name + "/value");
      id = graph.add_tensor(name, tensor.type, tensor.shape);
      graph.add_node({printable(name), "", Unary{}, {source}, {id}});
      values.define(name, Value::of(id));
    }
    graph.outputs.push_back(id);
  }
}

/// Nodes of constants alone fold later, and what then remains of them is checked then.
void check_nodes(const NamedValues& values, const NodeCheck& check, Problems& problems) {
  const auto is_constant = [&](TensorId id) { return values.is_constant_derived(id); };
  for (NodeId id : values.graph.order) {
    const Node& node = values.graph[id];
    if (std::ranges::all_of(node.inputs, [&](TensorId input) { return !input || is_constant(input); })) continue;
    for (const Problem& problem : check(values.graph, node, is_constant))
      problems.add(problem.where, problem.message, problem.help);
  }
}

/// Removes nodes whose results nobody needs: folding leaves some behind. A cut graph loses the inputs it does not read.
void remove_dead_nodes(Graph& graph, bool cut) {
  std::vector<bool> needed(graph.tensors.size(), false);
  for (TensorId id : graph.outputs) needed[id.index()] = true;
  for (auto it = graph.order.end(); it != graph.order.begin();) {
    const NodeId id = *--it;
    const Node& node = graph[id];
    if (std::ranges::none_of(node.outputs, [&](TensorId output) { return output && needed[output.index()]; })) {
      ++it;
      graph.remove(id);
      continue;
    }
    for (TensorId input : node.inputs) {
      if (input) needed[input.index()] = true;
    }
  }
  if (cut) std::erase_if(graph.inputs, [&](TensorId id) { return !needed[id.index()]; });
  for (size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!needed[i]) graph.tensors[i].constant.reset();
  }
}

}  // namespace

}  // namespace frontend

Imported read_onnx(const std::filesystem::path& path, const ImportOptions& options, const NodeCheck& check) {
  using namespace frontend;
  onnx::ModelProto model = load_model(path);
  onnx::GraphProto& source = *model.mutable_graph();
  Problems problems(path.string());
  Imported imported;
  imported.graph.name = path.stem().string();
  imported.files.push_back(path);
  for (const std::filesystem::path& file : external_files(source, path)) imported.files.push_back(file);
  NamedValues values(imported.graph, path, problems);

  const std::vector<std::string> outputs = wanted_outputs(source, options, problems);
  for (const auto& output : source.output()) values.declare(output);
  for (const auto& value : source.value_info()) values.declare(value);
  const auto available = define_initializers(source, options, values, problems);
  declare_inputs(source, options, values, problems, imported.notes);

  std::vector<SourceNode> nodes = needed_nodes(expand_functions(model, problems), available, outputs, problems);
  std::unordered_set<std::string> produced = available;
  for (const std::string& name : outputs) values.mark_used(name);
  for (const SourceNode& node : nodes) {
    for (const std::string& input : node.proto->input()) values.mark_used(input);
    produced.insert(node.proto->output().begin(), node.proto->output().end());
  }

  OperatorCheck operators(problems);
  for (SourceNode& node : nodes) import_node(node, operators, values, problems);
  operators.report();
  define_outputs(source, outputs, produced, values, problems);
  if (problems.any() && check) check_nodes(values, check, problems);
  problems.throw_if_any();
  remove_dead_nodes(imported.graph, !options.outputs.empty());
  return imported;
}

}  // namespace intaglio
