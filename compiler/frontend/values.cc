// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/values.h"

#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

void Values::define_initializer(onnx::TensorProto& proto, bool renamed) {
  initializers_.emplace(proto.name(), Initializer{&proto, renamed});
}

Value Values::find(const std::string& name) {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const auto initializer = initializers_.find(name);
  if (initializer == initializers_.end()) return {};
  return values_[name] = load(name, initializer->second);
}

Value Values::load(const std::string& name, const Initializer& initializer) {
  try {
    TensorData data = take_tensor(*initializer.proto, model_file);
    return Value::of(graph.add_constant(initializer.renamed ? name + "/value" : name, std::move(data)));
  } catch (const Error& error) {
    problems_.add("initializer " + in_quotes(name), error);
    return {};
  }
}

}  // namespace intaglio::frontend
