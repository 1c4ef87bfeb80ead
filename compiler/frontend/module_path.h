// The PyTorch module a node came from, recovered from what the exporters leave behind.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <functional>
#include <string>
#include <string_view>

namespace intaglio::frontend {

/// "layer1.0.conv1", or empty. Sources, best first: the name of a weight ("layer1.0.conv1.weight"), dynamo's metadata
/// (name scopes, then namespace), scopes in a TorchScript node name. Only plain paths are taken over: metadata also
/// holds stack traces and local paths.
std::string module_path(const onnx::NodeProto& node, const std::function<bool(const std::string&)>& is_initializer);

/// "/layer1/layer1.0/conv1/Conv" -> "layer1.0.conv1".
std::string module_of_scoped_name(std::string_view node_name);
/// "['', 'layer1', 'layer1.0', 'layer1.0.conv1', 'convolution']" -> "layer1.0.conv1".
std::string module_of_name_scopes(std::string_view scopes);
/// ": Net/layer1: torch.nn.Sequential/layer1.0: Block/convolution: aten.conv2d" -> "layer1.0".
std::string module_of_namespace(std::string_view text);

}  // namespace intaglio::frontend
