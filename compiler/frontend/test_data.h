// Tensors in ONNX's own files, as test_data_set folders hold them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>

#include "ir/tensor.h"

namespace intaglio {

/// Reads a serialised TensorProto (input_0.pb); throws Error when it is damaged or of a type that Intaglio does not
/// know.
TensorData read_tensor_file(const std::filesystem::path& path);

}  // namespace intaglio
