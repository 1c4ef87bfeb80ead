// One ONNX node to import, after model-local functions were expanded: the protobuf with the opsets in force for it.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace intaglio::frontend {

/// Domain -> version. The default domain is "" (also when a file spells it "ai.onnx").
using OpsetImports = std::map<std::string, int64_t>;

struct SourceNode {
  std::shared_ptr<onnx::NodeProto> proto;  ///< owned by the model, or a copy made for a function's body
  std::shared_ptr<const OpsetImports> opsets;
  std::string name;    ///< ONNX name, or one made from the first output; printable
  std::string module;  ///< PyTorch module path, may be empty

  /// "node 'NAME' (MODULE)".
  std::string place() const { return "node '" + name + "'" + (module.empty() ? "" : " (" + module + ")"); }
};

/// "" for the default domain.
inline std::string normal_domain(const std::string& domain) { return domain == "ai.onnx" ? "" : domain; }

/// "Conv", or "com.microsoft.FusedConv" with its domain.
inline std::string operator_text(const onnx::NodeProto& node) {
  const std::string domain = normal_domain(node.domain());
  return domain.empty() ? node.op_type() : domain + "." + node.op_type();
}

}  // namespace intaglio::frontend
