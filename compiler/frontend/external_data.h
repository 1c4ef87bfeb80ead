// Element data in files beside the model. A model from elsewhere must not be able to read other files of the user.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace intaglio::frontend {

/// Reads the `expected` bytes that external_data of `tensor` describes. The location must be a relative path without
/// "..", to a regular file inside `folder` after symbolic links are followed; offset and length must lie inside the
/// file.
std::vector<std::byte> read_external_data(const onnx::TensorProto& tensor, const std::filesystem::path& folder,
                                          size_t expected);

/// Locations, relative to the model's folder, of all external data of its initializers and its nodes' tensors.
std::set<std::string> external_locations(const onnx::GraphProto& graph);

}  // namespace intaglio::frontend
