// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/values.h"

#include "frontend/tensor_proto.h"

namespace intaglio::frontend {

Value NamedValues::find(const std::string& name) {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  const auto initializer = initializers_.find(name);
  if (initializer == initializers_.end()) return {};
  return values_[name] = load(name, *initializer->second);
}

Value NamedValues::load(const std::string& name, onnx::TensorProto& initializer) {
  try {
    return Value::of(graph.add_constant(name, take_tensor(initializer, model_file)));
  } catch (const Error& error) {
    problems_.add("initializer " + in_quotes(name), error);
    return {};
  }
}

}  // namespace intaglio::frontend
