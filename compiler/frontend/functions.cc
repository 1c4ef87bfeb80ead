// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "frontend/module_path.h"
#include "frontend/unknown_fields.h"

namespace intaglio::frontend {

namespace {

/// A few nested functions can call each other into billions of nodes, or of calls that leave none behind.
constexpr size_t most_nodes = 100'000;
/// Calls inside calls; every level is one of the importer's own.
constexpr size_t deepest_call = 100;

using FunctionKey = std::tuple<std::string, std::string, std::string>;  // domain, name, overload

using Attributes = std::unordered_map<std::string, const onnx::AttributeProto*>;

std::string first_output(const onnx::NodeProto& node) {
  for (const std::string& output : node.output()) {
    if (!output.empty()) return output;
  }
  return {};
}

std::string node_name(const onnx::NodeProto& node) {
  if (!node.name().empty()) return printable(node.name());
  const std::string output = first_output(node);
  return printable(output.empty() ? node.op_type() : output);
}

class Expander {
 public:
  Expander(onnx::ModelProto& model, Problems& problems) : model_(model), problems_(problems) {
    for (const auto& function : model.functions()) {
      const std::string overload = unknown_text(function, function_overload_field);
      const FunctionKey key(normal_domain(function.domain()), function.name(), overload);
      if (functions_.emplace(key, &function).second) continue;
      problems_.add(
          {},
          fmt::format("function {}.{}{} is defined twice", printable(function.domain()), printable(function.name()),
                      overload.empty() ? "" : " with overload " + in_quotes(overload)),
          "which of them a node calls is not defined: export the model again");
    }
    for (const auto& initializer : model.graph().initializer()) initializers_.insert(initializer.name());
  }

  std::vector<SourceNode> run() {
    const auto opsets = std::make_shared<const OpsetImports>(opset_imports(model_.opset_import(), "the model"));
    for (auto& node : *model_.mutable_graph()->mutable_node()) {
      // An aliasing pointer without a count: the model outlives the import.
      const std::shared_ptr<onnx::NodeProto> proto(std::shared_ptr<void>(), &node);
      add({proto, opsets, node_name(node), module_path(node, is_initializer())});
    }
    if (too_many_) nodes_.clear();
    return std::move(nodes_);
  }

 private:
  /// Opset versions by domain. `importer`: the model or a function.
  OpsetImports opset_imports(const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto>& imports,
                             const std::string& importer) {
    OpsetImports opsets;
    for (const auto& import : imports) {
      const std::string domain = normal_domain(import.domain());
      const auto [known, added] = opsets.emplace(domain, import.version());
      if (added || !domain.empty() || !imported_twice_.insert(importer).second) continue;
      problems_.add({},
                    fmt::format("{} imports the default ONNX domain twice, in versions {} and {}", importer,
                                known->second, import.version()),
                    "which version its nodes mean is not defined: remove one of the imports ('' and 'ai.onnx' are the "
                    "same domain)");
    }
    return opsets;
  }

  std::function<bool(const std::string&)> is_initializer() const {
    return [this](const std::string& name) { return initializers_.contains(name); };
  }

  void add(SourceNode node) {
    const FunctionKey key(normal_domain(node.proto->domain()), node.proto->op_type(),
                          unknown_text(*node.proto, node_overload_field));
    const auto found = functions_.find(key);
    if (++seen_ > most_nodes && !std::exchange(too_many_, true)) {
      problems_.add({}, fmt::format("the model has more than {} nodes", most_nodes));
    }
    if (too_many_) return;
    if (found == functions_.end()) {
      check_references(node);
      nodes_.push_back(std::move(node));
      return;
    }
    if (std::ranges::find(calls_, found->second) != calls_.end()) {
      problems_.add(node.place(), "function " + operator_text(*node.proto) + " calls itself");
      return;
    }
    if (calls_.size() == deepest_call) {
      problems_.add(node.place(), fmt::format("functions call each other more than {} levels deep", deepest_call));
      return;
    }
    calls_.push_back(found->second);
    expand(node, *found->second);
    calls_.pop_back();
  }

  void check_references(const SourceNode& node) {
    for (const auto& attribute : node.proto->attribute()) {
      if (attribute.ref_attr_name().empty()) continue;
      problems_.add(node.place(), fmt::format("attribute {} refers to {}, which is no attribute of a function",
                                              in_quotes(attribute.name()), in_quotes(attribute.ref_attr_name())));
    }
  }

  void expand(const SourceNode& call, const onnx::FunctionProto& function) {
    if (too_many_) return;
    if (call.proto->input_size() > function.input_size() || call.proto->output_size() > function.output_size()) {
      problems_.add(call.place(),
                    "function " + operator_text(*call.proto) + " is called with too many inputs or outputs");
      return;
    }
    const std::vector<onnx::AttributeProto> defaults = default_attributes(function);
    Attributes attributes;
    for (const auto& attribute : defaults) attributes[attribute.name()] = &attribute;
    for (const auto& attribute : call.proto->attribute()) attributes[attribute.name()] = &attribute;

    const std::string prefix = first_output(*call.proto) + "/";
    std::unordered_map<std::string, std::string> names = {{"", ""}};
    for (int i = 0; i < function.input_size(); ++i) {
      names[function.input(i)] = i < call.proto->input_size() ? call.proto->input(i) : "";
    }
    std::vector<std::pair<std::string, std::string>> passed_through;  // outputs that are inputs: source, result
    for (int i = 0; i < call.proto->output_size(); ++i) {
      const std::string& result = call.proto->output(i);
      if (result.empty()) continue;
      const auto [entry, inserted] = names.emplace(function.output(i), result);
      if (!inserted) passed_through.emplace_back(entry->second, result);
    }
    auto rename = [&](const std::string& name) { return names.try_emplace(name, prefix + name).first->second; };

    const auto opsets = std::make_shared<const OpsetImports>(
        opset_imports(function.opset_import(), "function " + in_quotes(function.name())));
    for (const auto& inner : function.node()) {
      if (too_many_) return;
      auto copy = std::make_shared<onnx::NodeProto>(inner);
      for (std::string& input : *copy->mutable_input()) input = rename(input);
      for (std::string& output : *copy->mutable_output()) output = rename(output);
      bind_attributes(*copy, attributes);
      std::string module = module_path(*copy, is_initializer());
      add({copy, opsets, call.name + "/" + node_name(inner), module.empty() ? call.module : std::move(module)});
    }
    for (const auto& [source, result] : passed_through) {
      auto identity = std::make_shared<onnx::NodeProto>();
      identity->set_op_type("Identity");
      identity->add_input(source);
      identity->add_output(result);
      add({identity, call.opsets, call.name, call.module});
    }
  }

  static std::vector<onnx::AttributeProto> default_attributes(const onnx::FunctionProto& function) {
    std::vector<onnx::AttributeProto> defaults;
    for (const std::string& bytes : unknown_texts(function, function_attribute_proto_field)) {
      onnx::AttributeProto attribute;
      if (attribute.ParseFromString(bytes)) defaults.push_back(std::move(attribute));
    }
    return defaults;
  }

  /// Attributes by reference take the call's value; those the call leaves out are absent in the body too.
  static void bind_attributes(onnx::NodeProto& node, const Attributes& attributes) {
    google::protobuf::RepeatedPtrField<onnx::AttributeProto> bound;
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.ref_attr_name().empty()) {
        *bound.Add() = std::move(attribute);
      } else if (const auto found = attributes.find(attribute.ref_attr_name()); found != attributes.end()) {
        *bound.Add() = *found->second;
        bound.rbegin()->set_name(attribute.name());
      }
    }
    node.mutable_attribute()->Swap(&bound);
  }

  onnx::ModelProto& model_;
  Problems& problems_;
  std::map<FunctionKey, const onnx::FunctionProto*> functions_;
  std::unordered_set<std::string> initializers_;
  std::unordered_set<std::string> imported_twice_;  ///< what has been reported
  std::vector<const onnx::FunctionProto*> calls_;   ///< being expanded, outermost first
  std::vector<SourceNode> nodes_;
  size_t seen_ = 0;  ///< nodes and calls so far
  bool too_many_ = false;
};

}  // namespace

std::vector<SourceNode> expand_functions(onnx::ModelProto& model, Problems& problems) {
  return Expander(model, problems).run();
}

}  // namespace intaglio::frontend
