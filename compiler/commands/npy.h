// NumPy files: .npy (one array) and .npz (several), little-endian, C order.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "ir/tensor.h"

namespace intaglio {

/// Reads an array of float32, float64, int64, int32 or bool; throws Error for anything else or a damaged file.
TensorData read_npy(const std::filesystem::path& path);
/// All arrays of an archive, by name without ".npy".
std::map<std::string, TensorData> read_npz(const std::filesystem::path& path);
void write_npy(const std::filesystem::path& path, const TensorData& data);

}  // namespace intaglio
