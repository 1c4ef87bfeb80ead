// Tensors in ONNX's own files, as test_data_set folders hold them.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <filesystem>

#include "ir/tensor.h"

namespace intaglio {

/// Reads a serialised TensorProto (input_0.pb); throws Error when it is damaged, of a type that Intaglio does not know,
/// or a file of more than `most_bytes`.
TensorData read_tensor_file(const std::filesystem::path& path, uint64_t most_bytes = UINT64_MAX);

}  // namespace intaglio
