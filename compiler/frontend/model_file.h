// Reads the protobuf of an ONNX file and says what is wrong with files that are none.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <onnx/onnx_pb.h>

#include <filesystem>

namespace intaglio::frontend {

/// Parses up to 2 GiB. Throws Error when the file cannot be read, is not ONNX, is truncated,
/// has an IR version below 3, or a field that is newer than ONNX 1.23.
onnx::ModelProto load_model(const std::filesystem::path& path);

}  // namespace intaglio::frontend
