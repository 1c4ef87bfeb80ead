// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/graph_inputs.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <unordered_set>

#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

namespace {

using Dimensions = google::protobuf::RepeatedPtrField<onnx::TensorShapeProto::Dimension>;

class InputDeclarer {
 public:
  InputDeclarer(const ImportOptions& options, NamedValues& values, Problems& problems, std::vector<std::string>& notes)
      : options_(options), values_(values), problems_(problems), notes_(notes) {}

  /// What the user says about one input holds for the same symbol in the others.
  void learn_symbols(const onnx::ValueInfoProto& input) {
    const Shape* given = given_shape(input.name());
    const Dimensions& dims = input.type().tensor_type().shape().dim();
    if (!given || static_cast<size_t>(dims.size()) != given->rank()) return;
    for (int axis = 0; axis < dims.size(); ++axis) {
      const std::string& symbol = dims[axis].dim_param();
      if (!symbol.empty()) symbols_.emplace(symbol, (*given)[static_cast<size_t>(axis)]);
    }
  }

  void declare(const onnx::ValueInfoProto& input) {
    place_ = "input " + in_quotes(input.name());
    try {
      values_.define(input.name(), add(input));
    } catch (const Error& error) {
      problems_.add(place_, error);
      values_.define(input.name(), {});
    }
  }

 private:
  const Shape* given_shape(const std::string& name) const {
    if (const auto bound = options_.bindings.find(name); bound != options_.bindings.end())
      return &bound->second.shape();
    const auto shape = options_.shapes.find(name);
    return shape == options_.shapes.end() ? nullptr : &shape->second;
  }

  Value add(const onnx::ValueInfoProto& input) {
    if (!input.type().has_tensor_type()) fail({}, "is not a tensor", "sequences, maps and optionals are not supported");
    const auto& tensor = input.type().tensor_type();
    const ElementType type = supported_type(tensor.elem_type());
    const Shape shape = resolve(input);
    const auto bound = options_.bindings.find(input.name());
    if (bound != options_.bindings.end()) {
      if (bound->second.type() != type) {
        fail({}, fmt::format("has type {}, but is bound to {} data", element_type_name(type),
                             element_type_name(bound->second.type())));
      }
      return Value::of(values_.graph.add_constant(input.name(), bound->second));
    }
    if (type == ElementType::float64)
      fail({}, "has type float64, which is not supported", "export the model in float32");
    const TensorId id = values_.graph.add_tensor(input.name(), type, shape);
    values_.graph.inputs.push_back(id);
    return Value::of(id);
  }

  Shape resolve(const onnx::ValueInfoProto& input) {
    const Shape* given = given_shape(input.name());
    const auto& tensor = input.type().tensor_type();
    if (!tensor.has_shape()) {
      if (given) return checked(*given);
      fail({}, "has no shape", fmt::format("give it with --shape {}=1x3x224x224", printable(input.name())));
    }
    const Dimensions& dims = tensor.shape().dim();
    if (given && given->rank() != static_cast<size_t>(dims.size())) {
      fail({}, fmt::format("has {} dimensions, but the shape given, {}, has {}", dims.size(), given->text(),
                           given->rank()));
    }
    std::vector<int64_t> extents;
    std::string unbound;
    for (int axis = 0; axis < dims.size(); ++axis) {
      const auto extent = resolve(dims[axis], axis, given);
      if (!extent) unbound += (unbound.empty() ? "" : ", ") + dimension_text(dims[axis], axis);
      extents.push_back(extent.value_or(1));
    }
    if (!unbound.empty()) {
      std::string example;
      for (int axis = 0; axis < dims.size(); ++axis) {
        const bool known = dims[axis].has_dim_value() || axis == 0;
        example += (axis > 0 ? "x" : "") + (known ? std::to_string(extents[static_cast<size_t>(axis)]) : "224");
      }
      fail({}, fmt::format("has dimensions of unknown extent: {}", unbound),
           fmt::format("Intaglio compiles for fixed shapes: give one with --shape {}={}", printable(input.name()),
                       example));
    }
    return checked(Shape(std::move(extents)));
  }

  std::optional<int64_t> resolve(const onnx::TensorShapeProto::Dimension& dim, int axis, const Shape* given) {
    if (dim.has_dim_value()) {
      if (given && (*given)[static_cast<size_t>(axis)] != dim.dim_value()) {
        fail({},
             fmt::format("has extent {} in dimension {}, but the shape given is {}", dim.dim_value(), axis,
                         given->text()),
             "only symbolic dimensions can be set");
      }
      return dim.dim_value();
    }
    if (given) return (*given)[static_cast<size_t>(axis)];
    if (const auto known = symbols_.find(dim.dim_param()); !dim.dim_param().empty() && known != symbols_.end()) {
      return known->second;
    }
    if (axis > 0) return std::nullopt;
    const std::string symbol = dim.dim_param().empty() ? "" : " " + in_quotes(dim.dim_param());
    notes_.push_back(fmt::format("batch dimension{} of {} set to 1 (bind it with --shape)", symbol, place_));
    return 1;
  }

  static std::string dimension_text(const onnx::TensorShapeProto::Dimension& dim, int axis) {
    return dim.dim_param().empty() ? fmt::format("dimension {}", axis) : in_quotes(dim.dim_param());
  }

  static Shape checked(Shape shape) {
    check_extents(shape.extents());
    return shape;
  }

  const ImportOptions& options_;
  NamedValues& values_;
  Problems& problems_;
  std::vector<std::string>& notes_;
  std::map<std::string, int64_t> symbols_;
  std::string place_;
};

}  // namespace

void declare_inputs(const onnx::GraphProto& model, const ImportOptions& options, NamedValues& values,
                    Problems& problems, std::vector<std::string>& notes) {
  std::unordered_set<std::string> initializers, declared;
  for (const auto& initializer : model.initializer()) initializers.insert(initializer.name());
  std::vector<const onnx::ValueInfoProto*> inputs;
  for (const auto& input : model.input()) {
    // Until IR version 3 initializers were listed as inputs too; a default value is not an input of compiled code.
    const bool bound = options.bindings.contains(input.name());
    if (initializers.contains(input.name()) && !bound) continue;
    if (!declared.insert(input.name()).second) {
      problems.add("input " + in_quotes(input.name()), "is listed twice");
      continue;
    }
    inputs.push_back(&input);
  }
  auto expect_input = [&](std::string_view option, const std::string& name) {
    if (declared.contains(name)) return;
    std::string known;
    for (const auto* input : inputs) known += (known.empty() ? "" : ", ") + printable(input->name());
    problems.add({}, fmt::format("{} names {}, which is no input of the model", option, in_quotes(name)),
                 "its inputs are: " + known);
  };
  for (const auto& entry : options.shapes) expect_input("--shape", entry.first);
  for (const auto& entry : options.bindings) expect_input("--bind", entry.first);
  InputDeclarer declarer(options, values, problems, notes);
  for (const auto* input : inputs) declarer.learn_symbols(*input);
  for (const auto* input : inputs) declarer.declare(*input);
}

}  // namespace intaglio::frontend
