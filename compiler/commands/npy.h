// NumPy files: .npy (one array) and .npz (several), little-endian. Fortran order is read, too, as numpy.save writes it
// for transposed arrays.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "ir/tensor.h"

namespace intaglio {

/// Called with an array's name (without ".npy"), element type and shape before its elements are read; throws Error when
/// they are not wanted, so that a file cannot make the program read more than is of use.
using ArrayCheck = std::function<void(const std::string& name, ElementType type, const Shape& shape)>;

/// Reads an array of any element type there is; throws Error for anything else or a damaged file.
TensorData read_npy(const std::filesystem::path& path, const ArrayCheck& check = {});
/// All arrays of an archive, by name without ".npy". Checksums are compared.
std::map<std::string, TensorData> read_npz(const std::filesystem::path& path, const ArrayCheck& check = {});
void write_npy(const std::filesystem::path& path, const TensorData& data);

}  // namespace intaglio
