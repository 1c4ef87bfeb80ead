// Program + memory plan -> the files of one generated folder (docs/generated-code.md). Renders, decides nothing.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backend/bound_tensor.h"
#include "backend/generated_file.h"
#include "ir/numerics.h"
#include "ir/program.h"
#include "target/target.h"

namespace intaglio {

enum class WeightStorage : uint8_t { inline_arrays, incbin, external };
std::string_view weight_storage_name(WeightStorage storage);

/// Where every arena and scratch buffer of a Program lies; steps are already in execution order.
struct ArenaLayout {
  std::vector<int64_t> offsets;  ///< per buffer, bytes from the arena's base; unused for inputs and outputs
  int64_t bytes = 0;
  int64_t alignment = 64;
};

/// Golden vectors for the self-test: inputs come from the generator with `seed`,
/// a sample of every output from the interpreter.
struct SelfTest {
  struct Output {
    std::vector<int64_t> positions;
    TensorData values;     ///< the elements there
    double tolerance = 0;  ///< absolute; infinities and NaN must be met exactly
  };
  uint64_t seed = 0;
  std::vector<Output> outputs;
};

struct GenerateOptions {
  std::string name;    ///< of model_name
  std::string source;  ///< file name of the model without folders
  Numerics numerics = Numerics::fast;
  WeightStorage weights = WeightStorage::inline_arrays;
  std::string model_hash, graph_hash, weights_hash;
  std::vector<std::pair<std::string, std::string>> recorded_options, recorded_tuning;  ///< as they go into the manifest
  std::vector<BoundTensor> bound = {};
  std::optional<SelfTest> self_test = {};
};

/// All files, the manifest last. Weights are packed while their file is written, one at a time, from constants that the
/// files share with the Program.
std::vector<GeneratedFile> generate(const Program& program, const ArenaLayout& arena, const Target& target,
                                    const GenerateOptions& options);

/// The prefix of everything that is generated for a model called `wanted`; a note where it collides with the runtime's.
std::string model_name(const std::string& wanted, std::vector<std::string>& notes);

/// File names for ONNX names: letters, digits, '_'; unique without regard to case.
std::vector<std::string> file_names(const std::vector<std::string>& names);

/// Element i of the input number `input` that the self-test (and every random input of the tool) uses: floats in
/// [-1, 1), integers 0 or 1. The generated self-test contains the same generator.
double generated_element(uint64_t seed, size_t input, int64_t index, ElementType type);

}  // namespace intaglio
