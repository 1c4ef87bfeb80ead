// Element data in files beside the model. A model from elsewhere must not be able to read other files of the user.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <cstddef>
#include <filesystem>
#include <vector>

namespace intaglio::frontend {

/// Reads the `expected` bytes that external_data of `tensor`, which stands in `model_file`, describes. The location
/// must be a relative path without "..", to a regular file that lies, after symbolic links are followed, inside the
/// folder of `model_file` or inside the folder of what that is a link to: download caches link both model and data from
/// a folder of names into one of contents. Offset and length must lie inside the file.
std::vector<std::byte> read_external_data(const onnx::TensorProto& tensor, const std::filesystem::path& model_file,
                                          size_t expected);

/// The files with external data of the graph's initializers and its nodes' tensors, by location; without those that may
/// not be read, which matter only where their data does.
std::vector<std::filesystem::path> external_files(const onnx::GraphProto& graph,
                                                  const std::filesystem::path& model_file);

}  // namespace intaglio::frontend
