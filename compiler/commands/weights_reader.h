// The tensors of a generated folder's weights, from its manifest and its files.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "backend/manifest.h"

namespace intaglio {

/// Of "TYPE ELEMENTS HASH" in Manifest::Weights::tensors, with its place.
struct PlacedWeight {
  std::string name;
  ElementType type = ElementType::float32;
  int64_t elements = 0, bytes = 0;
  int64_t offset = 0;  ///< in NAME_weights.bin, header included
  std::string hash;
};

/// In the order of the manifest; Error when it is damaged.
std::vector<PlacedWeight> placed_weights(const Manifest& manifest);

/// Of NAME_weights.bin.
int64_t weights_file_bytes(const Manifest& manifest);

/// Values of tensors, from NAME_weights.bin or from the arrays of NAME_weights.cpp, which are read once.
class WeightsReader {
 public:
  /// Error with Exit::usage when the file cannot be read or is a pointer of Git LFS.
  WeightsReader(const std::filesystem::path& folder, const Manifest& manifest);
  /// Error with Exit::usage when the file does not hold what the manifest says.
  std::vector<double> values(const PlacedWeight& tensor) const;

 private:
  std::string name_;  ///< of the model
  std::filesystem::path path_;
  bool inline_;
  std::string bytes_;
};

}  // namespace intaglio
